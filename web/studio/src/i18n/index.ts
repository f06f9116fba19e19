import { Fragment, type ReactNode, createElement } from "react";
import { readStored, writeStored } from "../lib/memory";
import { type Catalogue, LANGUAGES, type Language, negotiate, primary } from "./languages";

export { LANGUAGES, type Language };

const CATALOGUES: Partial<Record<Language, () => Promise<{ default: Catalogue }>>> = {
  de: () => import("./catalogues/de.json"),
  es: () => import("./catalogues/es.json"),
  zh: () => import("./catalogues/zh.json"),
};

/** The language of the page: the one that was chosen here, or else the first of the browser's that there is. */
export const language: Language = negotiate([readStored("language") ?? "", ...navigator.languages]);

/** The language with the region of the reader, which decides how dates and numbers are written. */
export const locale =
  navigator.languages.find((tag) => negotiate([tag]) === language && primary(tag) === language) ?? language;

/** The messages of the language, by their English text. Modules that import this one wait for it. */
const messages: Catalogue = await load(language);

document.documentElement.lang = language;
document.documentElement.dir = LANGUAGES[language].direction;

async function load(chosen: Language): Promise<Catalogue> {
  try {
    return (await CATALOGUES[chosen]?.())?.default ?? {};
  } catch {
    return {}; // an English page is better than none
  }
}

/** Use another language from now on; the page is loaded again in it. */
export function choose(next: Language): void {
  writeStored("language", next);
  location.reload();
}

export type Values = Record<string, string | number | null | undefined>;

/** Translate a text; `{name}` in it stands for a value. */
export function t(text: string, values: Values = {}): string {
  return (messages[text] ?? text).replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in values ? shown(values[name]) : whole,
  );
}

function shown(value: string | number | null | undefined): string {
  return typeof value === "number" ? number(value) : (value ?? "");
}

type Parts = Record<string, ReactNode | ((children: ReactNode) => ReactNode)>;

/** Translate a text with elements in it: `{name}` stands for one, and `<name>…</name>` for one around some words. */
export function rich(text: string, parts: Parts): ReactNode {
  const pieces = (messages[text] ?? text).split(/(\{\w+\}|<\w+>[^<]*<\/\w+>)/);
  return createElement(Fragment, null, ...pieces.map((piece) => element(piece, parts)));
}

function element(piece: string, parts: Parts): ReactNode {
  const [, value] = /^\{(\w+)\}$/.exec(piece) ?? [];
  if (value && value in parts) return parts[value] as ReactNode;
  const [, name = "", words = ""] = /^<(\w+)>([^<]*)<\/\w+>$/.exec(piece) ?? [];
  const around = parts[name];
  return typeof around === "function" ? around(words) : piece;
}

const plurals = new Intl.PluralRules(language);

/** Say how many there are of something: `count(2, "video")` is "2 videos". */
export function count(many: number, one: string, several = `${one}s`): string {
  const forms = (messages[`${one}|${several}`] ?? `${one}|${several}`).split("|");
  const form = forms[plurals.select(many) === "one" ? 0 : forms.length - 1] ?? several;
  return form.includes("#") ? form.replace("#", number(many)) : `${number(many)} ${form}`;
}

const formats = new Map<number | undefined, Intl.NumberFormat>();

/** Write a number as readers of the language do. */
export function number(value: number, places?: number): string {
  const digits = places === undefined ? {} : { minimumFractionDigits: places, maximumFractionDigits: places };
  const known = formats.get(places) ?? new Intl.NumberFormat(locale, digits);
  formats.set(places, known);
  return known.format(value);
}

/** Return a word as it stands within a sentence; German nouns keep their capitals. */
export function within(word: string): string {
  return LANGUAGES[language].lowers ? word.toLocaleLowerCase(language) : word;
}

/** Return a list as a sentence has it: "a, b and c". */
export function listed(words: string[]): string {
  return new Intl.ListFormat(language, { type: "conjunction" }).format(words);
}

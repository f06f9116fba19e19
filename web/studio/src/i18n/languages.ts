/** Messages by their English text. */
export type Catalogue = Record<string, string>;

interface LanguageFacts {
  name: string;
  direction: "ltr" | "rtl";
  /** Whether a name within a sentence begins with a small letter. */
  lowers: boolean;
}

/** The languages of the page, each by its own name. */
export const LANGUAGES = {
  en: { name: "English", direction: "ltr", lowers: true },
  de: { name: "Deutsch", direction: "ltr", lowers: false },
  es: { name: "Español", direction: "ltr", lowers: true },
  zh: { name: "中文", direction: "ltr", lowers: false },
} as const satisfies Record<string, LanguageFacts>;

export type Language = keyof typeof LANGUAGES;

/** Return the language of a tag without its region. */
export function primary(tag: string): string {
  return tag.toLowerCase().split("-")[0] ?? "";
}

/** Return the first language that there is, regardless of its region; English if none is. */
export function negotiate(wanted: readonly string[]): Language {
  const known = wanted.map(primary).find((code) => code in LANGUAGES);
  return (known ?? "en") as Language;
}

// @vitest-environment node
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LANGUAGES, negotiate } from "../src/i18n/languages";
import { stringsOfThePage } from "./strings";

const FOLDER = join(import.meta.dirname, "../src/i18n/catalogues");
const { keys, literals } = stringsOfThePage();
const others = Object.keys(LANGUAGES).filter((code) => code !== "en");

const read = (code: string) => JSON.parse(readFileSync(join(FOLDER, `${code}.json`), "utf8")) as Record<string, string>;
const names = (text: string) => [...text.matchAll(/\{(\w+)\}|<(\w+)>/g)].map(([, value, tag]) => value ?? tag).sort();

// `npm run strings` writes the English catalogue; what the others lack is what translators do next.
if (process.env["UPDATE_STRINGS"]) {
  const english = Object.fromEntries(keys.map((key) => [key, key]));
  writeFileSync(join(FOLDER, "en.json"), `${JSON.stringify(english, null, 2)}\n`);
}

describe("the catalogues", () => {
  it.each(["en", ...others])("of %s has every text of the page, and no other", (code) => {
    expect(Object.keys(read(code)).sort()).toEqual(keys);
  });

  it.each(others)("of %s keeps the values and elements of each text", (code) => {
    const wrong = Object.entries(read(code)).filter(([key, text]) => `${names(key)}` !== `${names(text)}`);
    expect(wrong).toEqual([]);
  });

  it("have all texts: none stands in the markup", () => {
    expect(literals).toEqual([]);
  });
});

describe("the language of the page", () => {
  it("is the first of the browser that there is, regardless of its region", () => {
    expect(negotiate(["", "fi", "de-AT", "en"])).toBe("de");
    expect(negotiate(["zh-Hans-CN"])).toBe("zh");
    expect(negotiate(["fi"])).toBe("en");
  });
});

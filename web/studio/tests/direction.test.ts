// @vitest-environment node
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../src");
/** A class that names a side of the screen, which a language from right to left would not turn round. */
const SIDE = /(?<=["'`\s:])(?:-?(?:left|right|m[lr]|p[lr]|border-[lr]|rounded-[lr])-[\d[]|text-(?:left|right)\b)\S*/g;
/** What lies on a picture is where the picture has it. */
const PICTURES = ["watch/StillResult.tsx", "make/Frame.tsx"];

it("pages name no side of the screen, so that they can be read from right to left", () => {
  const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".tsx"));
  const found = sources
    .filter((path) => !PICTURES.includes(path))
    .flatMap((path) => (readFileSync(join(SRC, path), "utf8").match(SIDE) ?? []).map((side) => `${path}: ${side}`));
  expect(sources.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});

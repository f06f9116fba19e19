import { expect, it } from "vitest";
import { EMPTY } from "../src/make/draft";
import { asOptions, fromOptions } from "../src/make/options";
import { byLanguage, describe as words } from "../src/make/voices";

const HEART = {
  id: "af_heart",
  name: "Heart",
  language: "en-US",
  gender: "female",
  style: "warm",
  engine: "kokoro",
  licence: "Apache-2.0",
  default: true,
  suggested_for: null,
  sample_url: null,
};

it("lets the script decide the language unless a voice is chosen", () => {
  const script = { ...EMPTY, script: "Hola." };
  expect(asOptions(script)).toMatchObject({ language: "auto" });
  const chosen = asOptions({ ...script, voice: "ef_dora" });
  expect(chosen).toMatchObject({ voice: { id: "ef_dora" } });
  expect(chosen).not.toHaveProperty("language");
  expect(asOptions({ ...script, source: "recording", voice: "ef_dora" })).not.toHaveProperty("voice");
});

it("takes the voice of a job back into the form", () => {
  expect(fromOptions({ voice: { id: "ef_dora" } }).voice).toBe("ef_dora");
  expect(fromOptions({ voice: {} }).voice).toBe("");
  expect(fromOptions({}).voice).toBe("");
});

it("lists voices by language in words", () => {
  const robot = {
    ...HEART,
    id: "espeak_de",
    name: "De",
    language: "de",
    gender: null,
    style: "robotic",
    engine: "espeak",
  };
  expect(byLanguage([HEART, robot]).map(([, group]) => group.map(({ id }) => id))).toEqual(
    expect.arrayContaining([["af_heart"], ["espeak_de"]]),
  );
  expect(words(HEART)).toBe("Heart, female, warm (default)");
  expect(words({ ...robot, default: false })).toBe("Synthesiser, robotic");
});

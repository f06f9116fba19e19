import { expect, it } from "vitest";
import { isMarked, merged, moved, scenesOf, scriptOf, splitAt, unmarked } from "../src/make/scenes";

it.each([[["One."]], [["One.", "Two."]], [["One.", ""]], [["", "Two."]], [["One\nline.", "", "Three."]]])(
  "keeps the scenes %j in a script",
  (scenes) => {
    expect(isMarked(scriptOf(scenes))).toBe(true);
    expect(scenesOf(scriptOf(scenes))).toEqual(scenes);
  },
);

it("reads marks as the server does", () => {
  expect(isMarked("A pause --- is no end.")).toBe(false);
  expect(scenesOf("One.\n ---- \nTwo.")).toEqual(["One.", "Two."]);
  expect(unmarked("One. \n---\n\n---\nTwo.")).toBe("One. Two.");
});

it("merges, splits and moves scenes", () => {
  expect(merged(["One.", "Two.", "Three."], 0)).toEqual(["One. Two.", "Three."]);
  expect(splitAt(["One. Two."], 0, 4)).toEqual(["One.", "Two."]);
  expect(splitAt(["One two. Three four five."], 0, 25)).toEqual(["One two.", "Three four five."]);
  expect(splitAt(["one two"], 0, 0)).toEqual(["one", "two"]);
  expect(splitAt(["One"], 0, 0)).toEqual(["One"]);
  expect(moved(["A", "B", "C"], 2, 0)).toEqual(["C", "A", "B"]);
  expect(moved(["A", "B"], 0, -1)).toEqual(["A", "B"]);
});

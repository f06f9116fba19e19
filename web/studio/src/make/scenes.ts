/** Scenes in a script: lines of hyphens separate them, as the server reads them. */

const MARK = /^[ \t]*-{3,}[ \t]*$/;
const LINE = "---";

/** About twelve seconds, the longest that the server makes of one scene. */
export const LONGEST_SCENE_WORDS = 31;

/** Return whether the writer has decided where scenes end. */
export function isMarked(script: string): boolean {
  return script.split("\n").some((line) => MARK.test(line));
}

/** Return the scenes of a marked script; an empty one stays, so that it can be filled. */
export function scenesOf(script: string): string[] {
  const scenes: string[][] = [[]];
  for (const line of script.split("\n")) {
    if (MARK.test(line)) scenes.push([]);
    else scenes[scenes.length - 1]?.push(line);
  }
  // A last mark without anything after it, not even an empty line, ends the last scene.
  if (scenes.length > 1 && scenes[scenes.length - 1]?.length === 0) scenes.pop();
  return scenes.map((lines) => lines.join("\n"));
}

/** Return a script whose scenes are these. */
export function scriptOf(scenes: string[]): string {
  const [only = ""] = scenes;
  return scenes.length > 1 ? scenes.join(`\n${LINE}\n`) : `${only}\n${LINE}`;
}

/** Remove the marks, so that the server splits at sentence ends again. */
export function unmarked(script: string): string {
  return scenesOf(script)
    .map((scene) => scene.trim())
    .filter(Boolean)
    .join(" ");
}

export function merged(scenes: string[], at: number): string[] {
  const [one = "", next = ""] = scenes.slice(at, at + 2);
  return [...scenes.slice(0, at), `${one.trimEnd()} ${next.trimStart()}`.trim(), ...scenes.slice(at + 2)];
}

/** Split a scene at the cursor or, if that is at an end, between two words near its middle. */
export function splitAt(scenes: string[], at: number, cursor: number): string[] {
  const text = scenes[at] ?? "";
  const inside = text.slice(0, cursor).trim() && text.slice(cursor).trim() ? cursor : middle(text);
  if (inside === null) return scenes;
  return [
    ...scenes.slice(0, at),
    text.slice(0, inside).trimEnd(),
    text.slice(inside).trimStart(),
    ...scenes.slice(at + 1),
  ];
}

export function moved(scenes: string[], from: number, to: number): string[] {
  if (to < 0 || to >= scenes.length) return scenes;
  const others = scenes.filter((_, index) => index !== from);
  return [...others.slice(0, to), scenes[from] ?? "", ...others.slice(to)];
}

/** The place nearest to the middle that ends a sentence or, without one, a word; null: there is only one word. */
function middle(text: string): number | null {
  const inside = (pattern: RegExp) =>
    [...text.matchAll(pattern)]
      .map((match) => match.index + match[0].length)
      .filter((place) => text.slice(0, place).trim() && text.slice(place).trim());
  const ends = inside(/[.!?…。！？]["'”’)\]]*\s*/g);
  const places = ends.length ? ends : inside(/\s+/g);
  const half = text.length / 2;
  return places.reduce<number | null>(
    (best, place) => (best === null || Math.abs(place - half) < Math.abs(best - half) ? place : best),
    null,
  );
}

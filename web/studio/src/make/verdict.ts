import { Problem } from "../api/client";
import type { Reason, Uploaded } from "../api/types";

/** What the server said of a file. */
export type Verdict =
  | { is: "none" }
  | { is: "asking"; name: string }
  | { is: "accepted"; upload: Uploaded }
  | { is: "refused"; name: string; title: string; reasons: Told[] };

/** A reason in a person's words: who refused it, why, and what to do. */
export interface Told {
  layer: string;
  message: string;
  remedy: string;
}

const LAYERS: Record<string, string> = {
  name: "The file's name",
  size: "Its size",
  extension: "Its type",
  magic_bytes: "Its content",
  magic: "Its content",
  structure: "Its inside",
  foreign: "Hidden parts",
  decode: "Opening it",
  scan: "The virus scanner",
  picture: "The picture",
};

const REMEDIES: Record<string, string> = {
  EMPTY: "Choose another file; this one holds nothing.",
  TOO_LARGE: "Save it smaller, or send a shorter recording.",
  TOO_LONG: "Cut it to a minute or two; more is not needed.",
  TOO_SHORT: "Record at least a few seconds of speech.",
  EXTENSION_NOT_ALLOWED: "Save it again as one of these types.",
  ANIMATED: "Save a single frame of it.",
  VIRUS_FOUND: "Do not open this file. Choose another one.",
};

const BY_LAYER: Record<string, string> = {
  name: "Rename the file and drop it again.",
  extension: "Save it again in a format that fits its name.",
  magic_bytes: "It is not what its name says. Export it again from a program that shows or plays it.",
  magic: "It is not what its name says. Export it again from a program that shows or plays it.",
  structure: "Open it in a program that shows or plays it, and save it anew.",
  foreign: "It carries something that does not belong there. Open it and save it anew.",
  decode: "It may be damaged. Open it and save it anew.",
  scan: "Try another file, or this one again in a few minutes.",
};

export function refusedBecause(name: string, problem: unknown): Verdict {
  if (!(problem instanceof Problem)) throw problem;
  return { is: "refused", name, title: problem.message, reasons: problem.reasons.map(tell) };
}

export function tell(reason: Reason): Told {
  const layer = reason.layer ?? reason.field ?? "";
  return {
    layer: LAYERS[layer] ?? (layer ? layer.replaceAll("_", " ") : "The server"),
    message: reason.message,
    remedy: REMEDIES[reason.code ?? ""] ?? BY_LAYER[layer] ?? "Choose another file.",
  };
}

import { Problem } from "../api/client";
import type { Reason, Uploaded } from "../api/types";

/** The state of the server's check of a file. */
export type FileCheck =
  | { is: "none" }
  | { is: "asking"; name: string; sent: number; waits: boolean }
  | { is: "accepted"; upload: Uploaded }
  | { is: "refused"; name: string; title: string; reasons: Refusal[] };

/** Why a file was refused, for the user: the check, the message and a remedy. */
export interface Refusal {
  layer: string;
  message: string;
  remedy: string;
}

const LAYERS: Record<string, string> = {
  name: "File name",
  size: "File size",
  extension: "File type",
  magic_bytes: "File content",
  magic: "File content",
  structure: "File structure",
  foreign: "Hidden content",
  decode: "Opening the file",
  scan: "Virus scan",
  picture: "Picture size",
};

const REMEDIES: Record<string, string> = {
  EMPTY: "The file is empty. Choose another one.",
  TOO_LARGE: "Save it smaller, or upload a shorter recording.",
  TOO_LONG: "Cut it to one or two minutes.",
  TOO_SHORT: "Record at least a few seconds of speech.",
  EXTENSION_NOT_ALLOWED: "Save it as one of these types.",
  ANIMATED: "Save a single frame.",
  VIRUS_FOUND: "Do not open this file. Choose another one.",
};

const BY_LAYER: Record<string, string> = {
  name: "Rename the file and drop it again.",
  extension: "Save it again in a format that fits its name.",
  magic_bytes: "The content does not match the file type. Export it again from a program that opens it.",
  magic: "The content does not match the file type. Export it again from a program that opens it.",
  structure: "Open it in a program and save it again.",
  foreign: "The file contains extra data. Open it and save it again.",
  decode: "It may be damaged. Open it and save it again.",
  scan: "Try another file, or this one again in a few minutes.",
};

export function refusal(name: string, problem: unknown): FileCheck {
  if (!(problem instanceof Problem)) throw problem;
  return { is: "refused", name, title: problem.message, reasons: problem.reasons.map(explain) };
}

export function explain(reason: Reason): Refusal {
  const layer = reason.layer ?? reason.field ?? "";
  return {
    layer: LAYERS[layer] ?? (layer ? layer.replaceAll("_", " ") : "Server"),
    message: reason.message,
    remedy: REMEDIES[reason.code ?? ""] ?? BY_LAYER[layer] ?? "Choose another file.",
  };
}

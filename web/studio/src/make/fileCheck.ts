import { Problem } from "../api/client";
import type { Reason, Uploaded } from "../api/types";
import { t } from "../i18n";

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
  name: t("File name"),
  size: t("File size"),
  extension: t("File type"),
  magic_bytes: t("File content"),
  magic: t("File content"),
  structure: t("File structure"),
  foreign: t("Hidden content"),
  decode: t("Opening the file"),
  scan: t("Virus scan"),
  picture: t("Picture size"),
};

const REMEDIES: Record<string, string> = {
  EMPTY: t("The file is empty. Choose another one."),
  TOO_LARGE: t("Save it smaller, or upload a shorter recording."),
  TOO_LONG: t("Cut it to one or two minutes."),
  TOO_SHORT: t("Record at least a few seconds of speech."),
  EXTENSION_NOT_ALLOWED: t("Save it as one of these types."),
  ANIMATED: t("Save a single frame."),
  VIRUS_FOUND: t("Do not open this file. Choose another one."),
};

const BY_LAYER: Record<string, string> = {
  name: t("Rename the file and drop it again."),
  extension: t("Save it again in a format that fits its name."),
  magic_bytes: t("The content does not match the file type. Export it again from a program that opens it."),
  magic: t("The content does not match the file type. Export it again from a program that opens it."),
  structure: t("Open it in a program and save it again."),
  foreign: t("The file contains extra data. Open it and save it again."),
  decode: t("It may be damaged. Open it and save it again."),
  scan: t("Try another file, or this one again in a few minutes."),
};

export function refusal(name: string, problem: unknown): FileCheck {
  if (!(problem instanceof Problem)) throw problem;
  return { is: "refused", name, title: problem.message, reasons: problem.reasons.map(explain) };
}

export function explain(reason: Reason): Refusal {
  const layer = reason.layer ?? reason.field ?? "";
  return {
    layer: LAYERS[layer] ?? (layer ? layer.replaceAll("_", " ") : t("Server")),
    message: reason.message,
    remedy: REMEDIES[reason.code ?? ""] ?? BY_LAYER[layer] ?? t("Choose another file."),
  };
}

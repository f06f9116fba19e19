import { Problem, post } from "../api/client";
import { type Progress, sendInPieces } from "../api/resumable";
import { isLarge, sendFile } from "../api/sendFile";
import type { Project } from "../api/types";
import { ensureSession } from "../live/session";
import { changed, path } from "./projects";
import { t } from "../i18n";

/** What a file is for, with its route and the kind of its upload. */
export const ROLES = {
  sample: { route: "upload-sample", kind: "sample", fields: {} },
  character: { route: "upload-character", kind: "face", fields: {} },
  music: { route: "upload-audio", kind: "voice", fields: { role: "music" } },
  voice: { route: "upload-audio", kind: "voice", fields: { role: "voice" } },
} as const;

export type Role = keyof typeof ROLES;

/** Send a file of a project; a sample or a large one goes in pieces, and goes on where a cut connection has left it. */
export async function sendTo(
  id: string,
  role: Role,
  file: File,
  more: Record<string, string>,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<void> {
  const { route, kind, fields } = ROLES[role];
  const to = `${path(id)}/${route}`;
  if (role !== "sample" && !isLarge(file)) {
    const note = (sent: number) => onProgress({ sent: Math.min(1, sent), waits: false });
    const { body } = await sendFile<Project>(to, { ...fields, ...more }, file, note, signal);
    return changed(body);
  }
  const session_id = await ensureSession();
  try {
    const upload_id = await sendInPieces({ session_id, kind }, file, onProgress, signal);
    changed(await post<Project>(to, { upload_id, ...fields, ...more }));
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError")
      throw new Problem(t("The upload was cancelled."), "CANCELLED", 0);
    throw problem;
  }
}

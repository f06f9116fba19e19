import { useEffect } from "react";
import { Problem, upload } from "../api/client";
import { type Progress, sendInPieces } from "../api/resumable";
import type { SessionStatus, Uploaded } from "../api/types";
import { createStore } from "../lib/store";
import { ensureSession, leaveIfEnded, refresh, session } from "../live/session";
import { chosen, unchoose } from "./chosen";
import { draft } from "./draft";
import { type FileCheck, refusal } from "./fileCheck";
import { t } from "../i18n";

export type Kind = "face" | "voice";

const PATHS: Record<Kind, string> = { face: "/upload/face", voice: "/upload/audio" };

/** The last file of each kind with its check; previews are shown before the check. */
export const uploads = createStore<Record<Kind, { check: FileCheck; preview: string; file: File | null }>>({
  face: { check: { is: "none" }, preview: "", file: null },
  voice: { check: { is: "none" }, preview: "", file: null },
});

/** The part of a recording to keep, in seconds; empty: from its start or to its end. */
export interface Part {
  start: string;
  end: string;
}

const sending: Record<Kind, AbortController | null> = { face: null, voice: null };

/** Show a file at once, upload it, and keep the result of its check. */
export async function send(kind: Kind, file: File, part?: Part): Promise<void> {
  unchoose(kind);
  sending[kind]?.abort();
  const abort = (sending[kind] = new AbortController());
  URL.revokeObjectURL(uploads.get()[kind].preview);
  const preview = URL.createObjectURL(file);
  const show = (progress: Progress) => {
    if (!abort.signal.aborted)
      uploads.set({ [kind]: { check: { is: "asking", name: file.name, ...progress }, preview, file } });
  };
  show({ sent: 0, waits: false });
  const check = await ask({ kind, file, part, show, signal: abort.signal });
  if (!check || abort.signal.aborted) return; // replaced by a newer file
  uploads.set({ [kind]: { check, preview: part ? "" : preview, file } }); // a part is played from the server
  if (check.is === "accepted") await refresh().catch(() => undefined);
}

interface Upload {
  kind: Kind;
  file: File;
  part: Part | undefined;
  show: (progress: Progress) => void;
  signal: AbortSignal;
}

/** Send a file to the server's checks; null if a newer one has taken its place. */
async function ask(sent: Upload, again = true): Promise<FileCheck | null> {
  try {
    return { is: "accepted", upload: await (sent.file.size > LARGE ? inPieces(sent) : atOnce(sent)) };
  } catch (problem) {
    if (sent.signal.aborted) return null;
    // The session ended while the page was open: the file goes to a new one.
    if (again && leaveIfEnded(problem)) return ask(sent, false);
    return refusal(sent.file.name, problem);
  }
}

/** From this size, a file is sent in pieces, so that a cut connection does not begin it again. */
const LARGE = 2 * 1024 * 1024;

async function atOnce({ kind, file, part, show, signal }: Upload): Promise<Uploaded> {
  const session_id = await ensureSession();
  const onProgress = (bytes: number) => show({ sent: Math.min(1, bytes / file.size), waits: false });
  return upload<Uploaded>(PATHS[kind], { session_id, ...part }, file, { onProgress, signal });
}

async function inPieces({ kind, file, part, show, signal }: Upload): Promise<Uploaded> {
  const session_id = await ensureSession();
  const id = await sendInPieces({ session_id, kind, ...part }, file, show, signal);
  await refresh();
  const found = session.get().status?.uploads.find(({ upload_id }) => upload_id === id);
  if (!found) throw new Problem(t("The file was deleted meanwhile."), "FILE_NOT_FOUND", 404);
  return found;
}

/** The newest accepted file of a kind in this session. */
function useNewest(kind: Kind): Uploaded | null {
  return session.use((now) => now.status?.uploads.find((upload) => upload.kind === kind) ?? null);
}

/** The accepted file that the page shows; none while another is being checked or after a refusal. */
export function acceptedUpload(check: FileCheck, status: SessionStatus | null, kind: Kind): Uploaded | null {
  if (check.is === "asking" || check.is === "refused") return null;
  const accepted = check.is === "accepted" ? check.upload.upload_id : null;
  return status?.uploads.find((one) => one.kind === kind && (accepted ?? one.upload_id) === one.upload_id) ?? null;
}

export function useAcceptedUpload(kind: Kind): Uploaded | null {
  const check = uploads.use((now) => now[kind].check);
  return session.use((now) => acceptedUpload(check, now.status, kind));
}

/** The fields of a start that name the files that the page shows. */
export function uploadIds(): { face_upload_id?: string; voice_upload_id?: string; face_index?: number } {
  const of = (kind: Kind) =>
    (chosen.get()[kind] ? null : acceptedUpload(uploads.get()[kind].check, session.get().status, kind))?.upload_id;
  const [face, voice] = [of("face"), of("voice")];
  const clicked = draft.get().face;
  return {
    ...(face && { face_upload_id: face }),
    ...(voice && { voice_upload_id: voice }),
    ...(face && clicked?.upload === face && { face_index: clicked.index }),
  };
}

/** The name of a file that is being checked; empty if none is. */
export function usePending(): string {
  return uploads.use(({ face, voice }) => {
    const asking = [face.check, voice.check].find((check) => check.is === "asking");
    return asking?.is === "asking" ? asking.name : "";
  });
}

/** Clear a refusal when an operator has released the file, or another was accepted. */
export function useClearedRefusal(kind: Kind): void {
  const accepted = useNewest(kind)?.upload_id;
  useEffect(() => {
    const { check, preview } = uploads.get()[kind];
    if (check.is !== "refused") return;
    URL.revokeObjectURL(preview);
    uploads.set({ [kind]: { check: { is: "none" }, preview: "", file: null } });
  }, [kind, accepted]);
}

import { useEffect } from "react";
import { upload } from "../api/client";
import type { SessionStatus, Uploaded } from "../api/types";
import { createStore } from "../lib/store";
import { ensureSession, leaveIfEnded, refresh, session } from "../live/session";
import { chosen, unchoose } from "./chosen";
import { draft } from "./draft";
import { type FileCheck, refusal } from "./fileCheck";

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

/** Show a file at once, upload it, and keep the result of its check. */
export async function send(kind: Kind, file: File, part?: Part): Promise<void> {
  unchoose(kind);
  URL.revokeObjectURL(uploads.get()[kind].preview);
  const preview = URL.createObjectURL(file);
  uploads.set({ [kind]: { check: { is: "asking", name: file.name }, preview, file } });
  const check = await ask(kind, file, part);
  if (uploads.get()[kind].preview !== preview) return; // replaced by a newer file
  uploads.set({ [kind]: { check, preview: part ? "" : preview, file } }); // a part is played from the server
  if (check.is === "accepted") await refresh().catch(() => undefined);
}

async function ask(kind: Kind, file: File, part?: Part, again = true): Promise<FileCheck> {
  try {
    const session_id = await ensureSession();
    return { is: "accepted", upload: await upload<Uploaded>(PATHS[kind], { session_id, ...part }, file) };
  } catch (problem) {
    // The session ended while the page was open: the file goes to a new one.
    if (again && leaveIfEnded(problem)) return ask(kind, file, part, false);
    return refusal(file.name, problem);
  }
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
  const of = (kind: Kind) => (chosen.get()[kind] ? null : acceptedUpload(uploads.get()[kind].check, session.get().status, kind))?.upload_id;
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

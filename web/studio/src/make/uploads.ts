import { useEffect } from "react";
import { upload } from "../api/client";
import type { SessionStatus, Uploaded } from "../api/types";
import { createStore } from "../lib/store";
import { ensure, leaveIfOver, refresh, room } from "../live/room";
import { type Verdict, refusedBecause } from "./verdict";

export type Kind = "face" | "voice";

const PATHS: Record<Kind, string> = { face: "/upload/face", voice: "/upload/audio" };

/** The last file of each kind, and what was said of it; previews show before anything is said. */
export const uploads = createStore<Record<Kind, { verdict: Verdict; preview: string }>>({
  face: { verdict: { is: "none" }, preview: "" },
  voice: { verdict: { is: "none" }, preview: "" },
});

/** Show a file at once, send it, and keep what the server says of it. */
export async function send(kind: Kind, file: File): Promise<void> {
  URL.revokeObjectURL(uploads.get()[kind].preview);
  const preview = URL.createObjectURL(file);
  uploads.set({ [kind]: { verdict: { is: "asking", name: file.name }, preview } });
  const verdict = await ask(kind, file);
  if (uploads.get()[kind].preview !== preview) return; // a newer file took its place
  uploads.set({ [kind]: { verdict, preview } });
  if (verdict.is === "accepted") await refresh().catch(() => undefined);
}

async function ask(kind: Kind, file: File, again = true): Promise<Verdict> {
  try {
    const session_id = await ensure();
    return { is: "accepted", upload: await upload<Uploaded>(PATHS[kind], { session_id }, file) };
  } catch (problem) {
    // The session ended while the page stood open: the file opens the next one.
    if (again && leaveIfOver(problem)) return ask(kind, file, false);
    return refusedBecause(file.name, problem);
  }
}

/** The newest accepted file of a kind in this session. */
function useNewest(kind: Kind): Uploaded | null {
  return room.use((now) => now.status?.uploads.find((upload) => upload.kind === kind) ?? null);
}

/** The accepted file that the page shows; none while another is being checked or after a refusal. */
export function shown(verdict: Verdict, status: SessionStatus | null, kind: Kind): Uploaded | null {
  if (verdict.is === "asking" || verdict.is === "refused") return null;
  const accepted = verdict.is === "accepted" ? verdict.upload.upload_id : null;
  return status?.uploads.find((one) => one.kind === kind && (accepted ?? one.upload_id) === one.upload_id) ?? null;
}

export function useShown(kind: Kind): Uploaded | null {
  const verdict = uploads.use((now) => now[kind].verdict);
  return room.use((now) => shown(verdict, now.status, kind));
}

/** The fields of a start that name the files that the page shows. */
export function named(): { face_upload_id?: string; voice_upload_id?: string } {
  const of = (kind: Kind) => shown(uploads.get()[kind].verdict, room.get().status, kind)?.upload_id;
  const [face, voice] = [of("face"), of("voice")];
  return { ...(face && { face_upload_id: face }), ...(voice && { voice_upload_id: voice }) };
}

/** The name of a file that is being checked; empty if none is. */
export function usePending(): string {
  return uploads.use(({ face, voice }) => {
    const asking = [face.verdict, voice.verdict].find((verdict) => verdict.is === "asking");
    return asking?.is === "asking" ? asking.name : "";
  });
}

/** A refusal is over when an operator has vouched for the file, or another was taken. */
export function useForgiveness(kind: Kind): void {
  const accepted = useNewest(kind)?.upload_id;
  useEffect(() => {
    const { verdict, preview } = uploads.get()[kind];
    if (verdict.is !== "refused") return;
    URL.revokeObjectURL(preview);
    uploads.set({ [kind]: { verdict: { is: "none" }, preview: "" } });
  }, [kind, accepted]);
}

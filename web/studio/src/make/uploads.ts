import { useEffect } from "react";
import { upload } from "../api/client";
import type { Uploaded } from "../api/types";
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

/** What a job of this session would take: the newest accepted file of a kind, of any visit. */
export function useAccepted(kind: Kind): Uploaded | null {
  return room.use((now) => now.status?.uploads.find((upload) => upload.kind === kind) ?? null);
}

/** A refusal is over when an operator has vouched for the file, or another was taken. */
export function useForgiveness(kind: Kind): void {
  const accepted = useAccepted(kind)?.upload_id;
  useEffect(() => {
    const { verdict, preview } = uploads.get()[kind];
    if (verdict.is !== "refused") return;
    URL.revokeObjectURL(preview);
    uploads.set({ [kind]: { verdict: { is: "none" }, preview: "" } });
  }, [kind, accepted]);
}

import type { Kept, Kind } from "../library/kept";
import { createStore } from "../lib/store";
import { type Draft, change } from "./draft";

/** What was chosen from the library for the next video, in place of an upload. */
export const chosen = createStore<Record<Kind, Kept | null>>({ face: null, voice: null });

export function choose(kind: Kind, item: Kept): void {
  chosen.set({ [kind]: item });
  if (kind === "voice") change({ matchVoice: true });
}

export function unchoose(kind: Kind): void {
  chosen.set({ [kind]: null });
}

/** The fields of a start that name what was chosen. */
export function chosenIds(now: Draft): { face_image_id?: string; voice_id?: string } {
  const { face, voice } = chosen.get();
  const speaks = now.matchVoice || now.source === "recording";
  return { ...(face && { face_image_id: face.id }), ...(voice && speaks && { voice_id: voice.id }) };
}

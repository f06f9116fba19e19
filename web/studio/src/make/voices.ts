import { get } from "../api/client";
import type { VoiceFacts } from "../api/types";
import { createStore } from "../lib/store";

/** The voices of live workers; empty until they are loaded, or if they cannot be. */
export const voices = createStore<{ known: VoiceFacts[] }>({ known: [] });

export async function loadVoices(): Promise<void> {
  try {
    voices.set({ known: (await get<{ voices: VoiceFacts[] }>("/voices")).voices });
  } catch {
    voices.set({ known: [] });
  }
}

/** Return the voices of each language, by its name in the reader's language. */
export function byLanguage(known: VoiceFacts[]): [string, VoiceFacts[]][] {
  const names = new Intl.DisplayNames(undefined, { type: "language" });
  const groups = new Map<string, VoiceFacts[]>();
  for (const voice of known) {
    const name = names.of(voice.language) ?? voice.language;
    groups.set(name, [...(groups.get(name) ?? []), voice]);
  }
  return [...groups].sort(([one], [other]) => one.localeCompare(other));
}

/** Describe a voice in a few words. */
export function describe(voice: VoiceFacts): string {
  const name = voice.engine === "espeak" ? "Synthesiser" : voice.name;
  return [name, voice.gender, voice.style].filter(Boolean).join(", ") + (voice.default ? " (default)" : "");
}

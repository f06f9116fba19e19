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

/** Return the voices of each language, by its name in the reader's language; those of `first` come first. */
export function byLanguage(known: VoiceFacts[], first = ""): [string, VoiceFacts[]][] {
  const groups = new Map<string, VoiceFacts[]>();
  for (const voice of known) {
    const name = languageName(voice.language);
    groups.set(name, [...(groups.get(name) ?? []), voice]);
  }
  const isFirst = (group: VoiceFacts[]) => Number(primary(group[0]?.language ?? "") === primary(first));
  return [...groups].sort(([one, ones], [other, others]) => isFirst(others) - isFirst(ones) || one.localeCompare(other));
}

/** Describe a voice in a few words. */
export function describe(voice: VoiceFacts): string {
  const name = voice.engine === "espeak" ? "Synthesiser" : voice.name;
  return [name, voice.gender, voice.style].filter(Boolean).join(", ") + (voice.default ? " (default)" : "");
}

/** Return the language of a tag without its region. */
export function primary(tag: string): string {
  return tag.split("-")[0]?.toLowerCase() ?? "";
}

/** Return the name of a language in the reader's language. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(undefined, { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

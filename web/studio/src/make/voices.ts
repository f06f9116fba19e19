import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import type { VoiceFacts } from "../api/types";
import { locale, t } from "../i18n";

const NONE: VoiceFacts[] = [];

/** The voices of live workers; empty until they are loaded, or if they cannot be. */
export function useVoices(): VoiceFacts[] {
  const { data } = useQuery({
    queryKey: ["voices"],
    queryFn: async () => (await get<{ voices: VoiceFacts[] }>("/voices")).voices,
    staleTime: 60_000,
  });
  return data ?? NONE;
}

/** Return the voices of each language, by its name in the reader's language; those of `first` come first. */
export function byLanguage(known: VoiceFacts[], first = ""): [string, VoiceFacts[]][] {
  const groups = new Map<string, VoiceFacts[]>();
  for (const voice of known) {
    const name = languageName(voice.language);
    groups.set(name, [...(groups.get(name) ?? []), voice]);
  }
  const isFirst = (group: VoiceFacts[]) => Number(primary(group[0]?.language ?? "") === primary(first));
  return [...groups].sort(
    ([one, ones], [other, others]) => isFirst(others) - isFirst(ones) || one.localeCompare(other),
  );
}

/** How voices sound, in the words of the server. */
const SOUNDS: Record<string, string> = {
  female: t("female"),
  male: t("male"),
  neutral: t("neutral"),
  warm: t("warm"),
  bright: t("bright"),
  lively: t("lively"),
  light: t("light"),
  firm: t("firm"),
  whispering: t("whispering"),
  clear: t("clear"),
  calm: t("calm"),
  soft: t("soft"),
  low: t("low"),
  even: t("even"),
  old: t("old"),
  narrating: t("narrating"),
  plain: t("plain"),
  robotic: t("robotic"),
};

/** Describe a voice in a few words. */
export function describe(voice: VoiceFacts): string {
  const name = voice.engine === "espeak" ? t("Synthesiser") : voice.name;
  const sound = [voice.gender ?? "", voice.style].map((word) => SOUNDS[word] ?? word);
  return [name, ...sound].filter(Boolean).join(", ") + (voice.default ? ` (${t("default")})` : "");
}

/** Return the language of a tag without its region. */
export function primary(tag: string): string {
  return tag.split("-")[0]?.toLowerCase() ?? "";
}

/** Return the name of a language in the reader's language. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

import type { Uploaded, VoiceFacts } from "../api/types";
import type { Kept } from "../library/kept";
import { chosen } from "./chosen";
import { type Draft, draft } from "./draft";
import { useAcceptedUpload } from "./uploads";
import { chosenFace } from "./verdict";
import { primary } from "./voices";

export type Register = NonNullable<VoiceFacts["suggested_for"]>;

/** The kind of voice that is suggested for the picture of the next video; null if none is. */
export function suggestedRegister(
  upload: Uploaded | null,
  kept: Kept | null,
  { face: clicked, matchVoice, source }: Pick<Draft, "face" | "matchVoice" | "source">,
): Register | null {
  if (matchVoice || source === "recording") return null;
  if (kept) return kept.faces?.[kept.examination?.face_index ?? -1]?.suggested_voice?.register ?? null;
  const index = upload && chosenFace(upload, clicked);
  return (index !== null && upload?.faces[index]?.suggested_voice?.register) || null;
}

/** The voice that a start takes for this language by the suggestion for the picture. */
export function useSuggestedVoice(known: VoiceFacts[], language: string): VoiceFacts | null {
  const now = draft.use((now) => now);
  const upload = useAcceptedUpload("face");
  const kept = chosen.use((now) => now.face);
  const register = suggestedRegister(upload, kept, now);
  const spoken = known.filter(
    (one) => register && one.suggested_for === register && primary(one.language) === language,
  );
  // Of a language with several regions, a start without a region has the voice of the first of these.
  return spoken.find((one) => ["en-US", "pt-BR", language].includes(one.language)) ?? spoken[0] ?? null;
}

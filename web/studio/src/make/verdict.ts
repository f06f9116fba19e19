import type { Uploaded } from "../api/types";
import { capabilities } from "./capabilities";
import { type Aspect, draft } from "./draft";
import { failureOf } from "./failedUploads";
import { useAcceptedUpload } from "./uploads";

export type Face = Uploaded["faces"][number];
export type Crop = NonNullable<Uploaded["examination"]["crops"]>[number];

/** The face that the video would show: the one that was clicked, or the one that the server chose. */
export function chosenFace(upload: Uploaded, clicked: { upload: string; index: number } | null): number | null {
  if (clicked?.upload === upload.upload_id && clicked.index < upload.faces.length) return clicked.index;
  return upload.examination.face_index ?? null;
}

/** Why a job cannot use an upload; empty if it can, or if the server does not know. */
export function whyUnusable(upload: Uploaded | null, clicked: { upload: string; index: number } | null): string {
  if (upload?.examination.state !== "done") return upload ? failureOf(upload.upload_id) : "";
  if (clicked?.upload === upload.upload_id) {
    const face = upload.faces[clicked.index];
    if (face) return face.usable ? "" : (face.reason ?? "");
  }
  return upload.examination.usable ? "" : (upload.examination.reason ?? "");
}

/** What a video of this format would show of the chosen face. */
export function cropOf(upload: Uploaded, index: number | null, aspect: Aspect): Crop | null {
  return upload.examination.crops?.find((crop) => crop.face_index === index && crop.aspect_ratio === aspect) ?? null;
}

/** Why the files on the page cannot make a video; simulated engines take any file. */
export function useUnusable(): string {
  const { face: clicked, mode } = draft.use((now) => now);
  const face = useAcceptedUpload("face");
  const voice = useAcceptedUpload("voice");
  const usual = capabilities.use(({ now }) => now?.default_mode);
  if ((mode || usual) === "simulation") return "";
  return whyUnusable(face, clicked) || whyUnusable(voice, null);
}

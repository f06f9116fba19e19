import type { Kind } from "./kept";
import { t } from "../i18n";

interface Words {
  title: string;
  noun: string;
  accept: string;
  label: string;
  hint: string;
  empty: string;
}

/** What pictures and recordings are called on their pages. */
export const WORDS: Record<Kind, Words> = {
  face: {
    title: t("Faces"),
    noun: t("picture"),
    accept: "image/*,.heic,.heif,.avif",
    label: t("Add a picture"),
    hint: t("One person, looking at the camera. JPEG, PNG, WebP, HEIC or AVIF, up to 10 MB."),
    empty: t("No pictures yet. What you add here can be used in every further video."),
  },
  voice: {
    title: t("Voices"),
    noun: t("recording"),
    accept: ".wav,.mp3,.flac,.ogg,.opus,.m4a,.mp4,.webm,audio/*",
    label: t("Add a recording"),
    hint: t("Ten seconds or more of clear speech by one person."),
    empty: t("No recordings yet. Add one, or choose a built-in voice below."),
  },
};

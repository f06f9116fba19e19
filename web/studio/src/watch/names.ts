import { t } from "../i18n";
/** Stage names on the page. */
export const STAGES: Record<string, string> = {
  script: t("Script"),
  voice: t("Voice"),
  face: t("Face"),
  animate: t("Animation"),
  enhance: t("Sharpening"),
  assemble: t("Final cut"),
};

export const KINDS: Record<string, string> = {
  real: t("real"),
  lite: t("lite, on CPU"),
  simulated: t("simulated"),
};

/** What can be wrong with a video. */
export const PROBLEMS: Record<string, string> = {
  face: t("Face"),
  lips: t("Lips"),
  voice: t("Voice"),
  pronunciation: t("Pronunciation"),
  script: t("Words"),
  picture: t("Picture"),
  captions: t("Captions"),
  sound: t("Sound"),
  waiting: t("Took too long"),
  other: t("Something else"),
};

import { t } from "../i18n";

/** The words of the API's codes, as people read them. */

export const STATUSES: Record<string, string> = {
  uploading: t("Sample missing"),
  analyzing: t("Analysing"),
  planning: t("Plan ready"),
  generating: t("Making clips"),
  processing: t("Sound and edit"),
  completed: t("Finished"),
  failed: t("Failed"),
};

export const CAMERAS: Record<string, string> = {
  static: t("Still"),
  push_in: t("Move closer"),
  pull_out: t("Move back"),
  pan_left: t("Pan left"),
  pan_right: t("Pan right"),
  tilt_up: t("Tilt up"),
  tilt_down: t("Tilt down"),
  orbit: t("Circle around"),
  handheld: t("Handheld"),
};

export const TRANSITIONS: Record<string, string> = {
  cut: t("Cut"),
  crossfade: t("Crossfade"),
  dip: t("Through black"),
  wipe: t("Wipe"),
  slide: t("Slide"),
};

export const SHOT_TRANSITIONS: Record<string, string> = {
  start: t("Start"),
  cut: t("Cut"),
  dissolve: t("Dissolve"),
  fade: t("Fade"),
  wipe: t("Wipe"),
};

export const EFFECTS: Record<string, string> = {
  grain: t("Grain"),
  vignette: t("Vignette"),
  warm: t("Warm"),
  cool: t("Cool"),
  black_and_white: t("Black and white"),
  flash: t("Flash"),
  shake: t("Shake"),
  glow: t("Glow"),
};

export const MUSIC: Record<string, string> = {
  none: t("No music"),
  generated: t("Generated music"),
  upload: t("Your own track"),
};

export const CAPTIONS: Record<string, string> = {
  off: t("No captions"),
  plain: t("Plain"),
  boxed: t("Boxed"),
  words: t("Word by word"),
};

export const SOUNDS: Record<string, string> = {
  none: t("no sound"),
  silence: t("silence"),
  speech: t("speech"),
  music: t("music"),
  speech_and_music: t("speech and music"),
  other: t("other sounds"),
};

export const PARTS: Record<string, string> = {
  analysis: t("Analysis"),
  plan: t("Plan"),
  storyboard: t("Storyboard"),
  clip: t("Clips"),
  voice: t("Voice"),
  sound: t("Sound"),
  music: t("Music"),
  edit: t("Edit"),
  check: t("Check"),
};

export const CLIPS: Record<string, string> = {
  waiting: t("Being made"),
  made: t("Ready"),
  failed: t("Failed"),
  cancelled: t("Cancelled"),
};

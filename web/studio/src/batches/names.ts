import { t } from "../i18n";

/** The words of the API's codes, as people read them. */

export const STATES = {
  quoted: t("Waits for your confirmation"),
  running: t("In progress"),
  paused: t("Paused"),
  done: t("Finished"),
  cancelled: t("Cancelled"),
} as const;

export const VIDEO_STATES = {
  waiting: t("waiting"),
  running: t("in progress"),
  done: t("finished"),
  failed: t("failed"),
  cancelled: t("cancelled"),
} as const;

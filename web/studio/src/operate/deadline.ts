import { t } from "../i18n";
const HOUR = 3.6e6;
const URGENT_HOURS = 6;

/** Return how long is left until a decision is due, in hours and minutes. */
export function timeLeft(due: string, now = Date.now()): { text: string; urgent: boolean } {
  const left = new Date(due).getTime() - now;
  const minutes = Math.floor(Math.abs(left) / 60_000);
  const text = `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  return left < 0
    ? { text: t("overdue for {text}", { text }), urgent: true }
    : { text: t("{text} left", { text }), urgent: left < URGENT_HOURS * HOUR };
}

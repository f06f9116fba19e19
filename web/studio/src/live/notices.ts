import type { LiveEvent } from "../api/types";
import { readStored, writeStored } from "../lib/memory";
import { markTab } from "../lib/title";
import { go } from "../lib/navigate";
import { paths } from "../lib/paths";
import { createStore } from "../lib/store";
import { t } from "../i18n";

export interface Toast {
  id: string;
  job: string;
  text: string;
  trouble: boolean;
}

const ENDS: Record<string, { text: string; trouble: boolean }> = {
  pipeline_completed: { text: t("Your video is ready."), trouble: false },
  pipeline_failed: { text: t("Your video has failed."), trouble: true },
  pipeline_cancelled: { text: t("Your video was cancelled."), trouble: false },
};
const WANTED = "notify";

/** The messages that are shown over the page, and whether the browser shows them, too. */
export const notices = createStore<{ toasts: Toast[]; browser: boolean }>({
  toasts: [],
  browser: readStored(WANTED) === "yes" && permission() === "granted",
});

/** Tell the person how a video has ended; the page that shows the video tells it by itself. */
export function announce(event: LiveEvent, watched: string | null): void {
  const end = ENDS[event.event_type];
  const job = event.job_id;
  if (!end || !job || notices.get().toasts.some(({ id }) => id === event.event_id)) return;
  markTab();
  if (document.hidden) notifyInBrowser(end.text, event.event_id, job);
  else if (watched === job) return;
  notices.set(({ toasts }) => ({ toasts: [...toasts, { id: event.event_id, job, ...end }] }));
}

export function dismiss(id: string): void {
  notices.set(({ toasts }) => ({ toasts: toasts.filter((one) => one.id !== id) }));
}

/** Whether the browser can show notifications at all. */
export const canNotify = (): boolean => permission() !== "unsupported";

/** Ask the browser for permission, or stop using it; only when the person wants it. */
export async function setBrowserNotices(on: boolean): Promise<void> {
  const allowed = on && (await Notification.requestPermission()) === "granted";
  writeStored(WANTED, allowed ? "yes" : null);
  notices.set({ browser: allowed });
  if (on && !allowed) throw new Error(t("The browser does not allow notifications of this page."));
}

function notifyInBrowser(text: string, id: string, job: string): void {
  if (!notices.get().browser || permission() !== "granted") return;
  const shown = new Notification("Callsheet", { body: text, tag: id });
  shown.onclick = () => {
    window.focus();
    go(paths.video(job));
    shown.close();
  };
}

function permission(): NotificationPermission | "unsupported" {
  return "Notification" in globalThis ? Notification.permission : "unsupported";
}

import { Link } from "react-router";
import { paths } from "../lib/paths";
import { dismiss, notices } from "../live/notices";
import { Button } from "./Button";
import { t } from "../i18n";

/** What has happened elsewhere, over the page; screen readers read it when it appears. */
export function Toasts() {
  const toasts = notices.use((now) => now.toasts);
  return (
    <div
      role="log"
      aria-label={t("Notifications")}
      className="fixed inset-x-3 bottom-20 z-20 space-y-3 sm:inset-x-auto sm:end-6 sm:bottom-6 sm:w-80"
    >
      {toasts.map(({ id, job, text, trouble }) => (
        <div
          key={id}
          className={`appear flex items-center justify-between gap-3 border border-s-4 border-ink bg-sheet px-4 py-2 ${trouble ? "border-s-danger" : ""}`}
        >
          <Link
            to={paths.video(job)}
            onClick={() => dismiss(id)}
            className="flex min-h-11 items-center underline decoration-rule underline-offset-4"
          >
            {text}
          </Link>
          <Button variant="quiet" aria-label={t("Dismiss: {text}", { text })} onClick={() => dismiss(id)}>
            {t("Dismiss")}
          </Button>
        </div>
      ))}
    </div>
  );
}

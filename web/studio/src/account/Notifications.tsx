import { canNotify, notices, setBrowserNotices } from "../live/notices";
import { StatusButton } from "./StatusButton";
import { t } from "../i18n";

/** Whether this browser shows a notification when a video ends while the page is in the background. */
export function Notifications() {
  const on = notices.use((now) => now.browser);
  if (!canNotify()) return <p>{t("This browser shows no notifications.")}</p>;
  return (
    <div className="space-y-3">
      <p>
        {on
          ? t("This browser tells you when a video ends while the page is in the background.")
          : t("Let this browser tell you when a video ends while the page is in the background.")}
      </p>
      <StatusButton
        key={String(on)}
        label={on ? t("Stop notifications") : t("Allow notifications")}
        act={() => setBrowserNotices(!on)}
      />
    </div>
  );
}

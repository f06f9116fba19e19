import { canNotify, notices, setBrowserNotices } from "../live/notices";
import { StatusButton } from "./StatusButton";

/** Whether this browser shows a notification when a video ends while the page is in the background. */
export function Notifications() {
  const on = notices.use((now) => now.browser);
  if (!canNotify()) return <p>This browser shows no notifications.</p>;
  return (
    <div className="space-y-3">
      <p>{on ? "This browser tells you when a video ends while the page is in the background." : "Let this browser tell you when a video ends while the page is in the background."}</p>
      <StatusButton key={String(on)} label={on ? "Stop notifications" : "Allow notifications"} act={() => setBrowserNotices(!on)} />
    </div>
  );
}

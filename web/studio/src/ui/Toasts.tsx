import { Suspense, lazy, useRef } from "react";
import { notices } from "../live/notices";

const ToastList = lazy(async () => ({ default: (await import("./ToastList")).ToastList }));

/** What has happened elsewhere, over the page; loaded with the first message. */
export function Toasts() {
  const toasts = notices.use((now) => now.toasts);
  const wanted = useRef(false);
  wanted.current ||= toasts.length > 0;
  if (!wanted.current) return null;
  return (
    <Suspense>
      <ToastList toasts={toasts} />
    </Suspense>
  );
}

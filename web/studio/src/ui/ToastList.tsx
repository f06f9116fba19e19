import * as Toast from "@radix-ui/react-toast";
import { Link } from "react-router";
import { paths } from "../lib/paths";
import { type Toast as Message, dismiss } from "../live/notices";
import { Button } from "./Button";
import { t } from "../i18n";

/** Time to read one; it stops while a message has the pointer or the focus, or the window has neither. */
const SHOWN_MS = 12_000;
/** Radix names the key here. */
const HOTKEY = " ({hotkey})";

/** Messages over the page: read aloud, reached by F8, and dismissed by a swipe, by Escape or after a while. */
export function ToastList({ toasts }: { toasts: Message[] }) {
  return (
    <Toast.Provider label={t("Notifications")} duration={SHOWN_MS} swipeDirection="right">
      {toasts.map(({ id, job, text, trouble }) => (
        <Toast.Root
          key={id}
          onOpenChange={() => dismiss(id)}
          className={`appear flex items-center justify-between gap-3 border border-s-4 border-ink bg-sheet px-4 py-2 data-[swipe=move]:translate-x-(--radix-toast-swipe-move-x) ${trouble ? "border-s-danger" : ""}`}
        >
          <Toast.Title asChild>
            <Link
              to={paths.video(job)}
              onClick={() => dismiss(id)}
              className="flex min-h-11 items-center underline decoration-rule underline-offset-4"
            >
              {text}
            </Link>
          </Toast.Title>
          <Toast.Close asChild>
            <Button variant="quiet" aria-label={t("Dismiss: {text}", { text })}>
              {t("Dismiss")}
            </Button>
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport
        label={t("Notifications") + HOTKEY}
        className="fixed inset-x-3 bottom-20 z-20 space-y-3 sm:inset-x-auto sm:end-6 sm:bottom-6 sm:w-80"
      />
    </Toast.Provider>
  );
}

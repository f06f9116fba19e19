import * as AlertDialog from "@radix-ui/react-alert-dialog";
import { useState } from "react";
import { flushSync } from "react-dom";
import { Button } from "./Button";
import type { Answer, QuestionProps } from "./Question";

/** The dialog keeps the focus, and gives it back to the button that has opened it.
 *
 * It has no `Overlay` of Radix: that one writes a style sheet into the page, which our policy refuses. */
export function QuestionDialog({ title, children, keep, answers, onClose }: QuestionProps) {
  const [opener] = useState(() => document.activeElement as HTMLElement | null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const give = async ({ act, then }: Answer) => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await act();
      flushSync(onClose); // the dialog would take back a focus that is given before
      then?.();
    } catch (problem) {
      setError((problem as Error).message);
      setBusy(false);
    }
  };
  const restoreFocus = (event: Event) => {
    event.preventDefault();
    if (document.activeElement === document.body) opener?.focus();
  };
  return (
    <AlertDialog.Root open onOpenChange={onClose}>
      <AlertDialog.Portal>
        <div aria-hidden className="fixed inset-0 z-30 bg-black/60" />
        <AlertDialog.Content
          aria-modal
          onCloseAutoFocus={restoreFocus}
          {...(!children && { "aria-describedby": undefined })}
          className="appear fixed inset-x-3 top-1/2 z-40 mx-auto max-h-[90dvh] max-w-lg -translate-y-1/2 space-y-group overflow-y-auto border-t-4 border-ink bg-sheet p-6"
        >
          <AlertDialog.Title className="text-heading font-semibold">{title}</AlertDialog.Title>
          {children && (
            <AlertDialog.Description asChild>
              <div className="text-[0.9375rem]">{children}</div>
            </AlertDialog.Description>
          )}
          {error && (
            <p role="alert" className="text-small font-medium text-danger">
              {error}
            </p>
          )}
          <div className="flex flex-wrap justify-end gap-3 pt-2">
            <AlertDialog.Cancel asChild>
              <Button variant="quiet">{keep}</Button>
            </AlertDialog.Cancel>
            {answers.map((answer) => (
              <Button
                key={answer.label}
                variant={answer.danger ? "danger" : "plain"}
                aria-disabled={busy}
                onClick={() => void give(answer)}
              >
                {answer.label}
              </Button>
            ))}
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

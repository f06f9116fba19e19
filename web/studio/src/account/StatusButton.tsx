import { useState } from "react";
import { Button } from "../ui/Button";

/** A button that shows the outcome of its action. */
export function StatusButton({
  label,
  name,
  done = "",
  focused = false,
  act,
}: {
  label: string;
  name?: string;
  done?: string;
  /** Whether it replaces a button that had the focus. */
  focused?: boolean;
  act: () => Promise<unknown>;
}) {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState("");
  const run = async () => {
    if (busy) return;
    setBusy(true);
    setOutcome("");
    try {
      await act();
      setOutcome(done);
    } catch (problem) {
      setOutcome((problem as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <span className="inline-flex flex-wrap items-center gap-3">
      <Button aria-label={name} autoFocus={focused} aria-disabled={busy} onClick={() => void run()}>
        {label}
      </Button>
      <span role="status" className="text-sm">
        {outcome}
      </span>
    </span>
  );
}

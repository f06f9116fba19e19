import { useState } from "react";
import { Problem } from "../api/client";
import { Button } from "../ui/Button";
import { refresh } from "./overview";
import { t } from "../i18n";

/** A button that asks for confirmation and shows the outcome. */
export function ActionButton({ label, sure, act }: { label: string; sure?: string; act: () => Promise<unknown> }) {
  const [confirming, setConfirming] = useState(false);
  const [outcome, setOutcome] = useState("");
  const run = async () => {
    setConfirming(false);
    setOutcome("...");
    try {
      const result = await act();
      setOutcome(typeof result === "string" ? result : t("Done.")); // responses are not shown to users
      await refresh();
    } catch (problem) {
      setOutcome(problem instanceof Problem ? problem.message : String(problem));
    }
  };
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <Button
        variant={confirming ? "danger" : "plain"}
        className="!min-h-9 !px-3 !py-1 !text-sm"
        onClick={() => (sure && !confirming ? setConfirming(true) : void run())}
        onBlur={() => setConfirming(false)}
      >
        {confirming ? sure : label}
      </Button>
      <span role="status" className="text-sm text-soft">
        {outcome}
      </span>
    </span>
  );
}

import { useState } from "react";
import type { Batch } from "../api/types";
import { count, t } from "../i18n";
import { formatAmount } from "../lib/format";
import { capabilities } from "../make/capabilities";
import { NumberField } from "../projects/NumberField";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { sizeOf, useStart } from "./batches";

/** The price of a batch and its confirmation; later, what goes on with one that is paused or has failed videos. */
export function StartPanel({ batch }: { batch: Batch }) {
  const start = useStart(batch);
  const inCredits = capabilities.use(({ now }) => now?.billing.credits ?? false);
  const [most, setMost] = useState(batch.max_credits);
  const label = labelOf(batch);
  if (!label) return null;
  const price = inCredits ? t("{credits} credits", { credits: batch.credits }) : formatAmount(batch.dollars, "USD");
  const isFree = batch.dollars === 0 && batch.credits === 0;
  return (
    <Panel title={batch.state === "quoted" ? t("Price and confirmation") : t("Go on")}>
      <div className="space-y-4">
        {batch.state === "quoted" && (
          <p className="text-heading font-semibold" data-price={batch.dollars}>
            {isFree ? t("This costs nothing: the models run on this server.") : t("Together: {price}", { price })}
          </p>
        )}
        {inCredits && (
          <div className="max-w-60">
            <NumberField
              label={t("Spend at most (credits)")}
              value={most}
              min={0}
              max={10_000_000}
              step={0.1}
              onChange={setMost}
            />
          </div>
        )}
        {start.error && <Notice title={start.error.message} />}
        <Button
          variant="primary"
          aria-disabled={start.isPending}
          onClick={() => !start.isPending && start.mutate(inCredits ? most : undefined)}
        >
          {start.isPending ? t("Starting") : label}
        </Button>
      </div>
    </Panel>
  );
}

/** Return what starting a batch would do now; empty: nothing. */
function labelOf(batch: Batch): string {
  const { state, counts } = batch;
  if (state === "quoted") return t("Confirm and make {videos}", { videos: count(sizeOf(batch), "video") });
  if (state === "paused") return t("Resume");
  return state === "done" && counts.failed > 0
    ? t("Try {videos} again", { videos: count(counts.failed, "failed video") })
    : "";
}

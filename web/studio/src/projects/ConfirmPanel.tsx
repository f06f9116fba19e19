import { useState } from "react";
import { Problem } from "../api/client";
import type { ProjectPlan, ProjectStatus } from "../api/types";
import { number, t } from "../i18n";
import { clock, formatAmount } from "../lib/format";
import { capabilities } from "../make/capabilities";
import { Button } from "../ui/Button";
import { Check } from "../ui/Check";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { PARTS } from "./names";
import type { Plan } from "./plan";
import { useGeneration } from "./projects";
import { type ProjectQuote, priceOf } from "./quote";
import { isBegun, useStoryboard } from "./storyboard";

/** The price of the plan that is shown, and its confirmation; what is unchanged costs nothing again. */
export function ConfirmPanel({ id, report, status }: { id: string; report: ProjectPlan; status: ProjectStatus }) {
  const generation = useGeneration(id);
  const { data: drafts } = useStoryboard(id);
  const [onlyApproved, setOnlyApproved] = useState(true);
  const credits = capabilities.use(({ now }) => now?.billing.credits ?? false);
  const quote = report.quote as unknown as ProjectQuote | null;
  const plan = report.plan as unknown as Plan;
  const hasDrafts = drafts !== undefined && isBegun(drafts);
  const storyboard = hasDrafts && onlyApproved;
  const isOpen = storyboard && !drafts.approved;
  // A change may be known before its price is.
  const ready = !generation.isPending && status.plan_revision === report.revision && !isOpen;
  if (status.status === "completed")
    return (
      <p className="text-small text-soft">
        {t("The video is made from this plan. Change the plan, and only what has changed is made and paid for again.")}
      </p>
    );
  const price = quote && priceOf(quote);
  const reused = price?.reused ?? 0;
  return (
    <Panel title={t("Price and confirmation")} aside={t("Revision {revision}", { revision: report.revision })}>
      <div className="space-y-4">
        {quote && price ? (
          <>
            <table className="w-full max-w-2xl text-small">
              <caption className="sr-only">{t("Price by scene")}</caption>
              <thead>
                <tr className="border-b border-ink text-start">
                  <th className="py-1 text-start font-medium">{t("Scene")}</th>
                  <th className="py-1 text-start font-medium">{t("Model")}</th>
                  <th className="py-1 text-end font-medium">{t("Seconds")}</th>
                  <th className="py-1 text-end font-medium">{t("Price")}</th>
                </tr>
              </thead>
              <tbody>
                {quote.scenes.map((line) => (
                  <tr key={line.scene_id} className="border-b border-rule">
                    <td className="py-1">{plan.scenes.findIndex(({ id: scene }) => scene === line.scene_id) + 1}</td>
                    <td className="py-1 wrap-anywhere">{line.model}</td>
                    <td className="figures py-1 text-end">{number(line.seconds, 1)}</td>
                    <td className="figures py-1 text-end">
                      {line.reused ? t("reused") : amount(credits, line.credits, line.dollars)}
                    </td>
                  </tr>
                ))}
                {quote.stages?.map((line) => (
                  <tr key={line.stage} className="border-b border-rule">
                    <td className="py-1">{PARTS[line.stage] ?? line.stage}</td>
                    <td className="py-1 wrap-anywhere">{line.engine}</td>
                    <td />
                    <td className="figures py-1 text-end">{t("{credits} credits", { credits: line.credits })}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p className="text-heading font-semibold" data-price={price.dollars}>
              {price.dollars === 0 && price.credits === 0
                ? t("This costs nothing: the models run on this server.")
                : t("Together: {price}", { price: amount(credits, price.credits, price.dollars) })}
              <span className="ms-3 text-small font-normal text-soft">{clock(report.seconds)}</span>
            </p>
            {reused > 0 && (
              <p className="text-small">
                {t("{reused} of {all} clips are unchanged. They are reused and cost nothing.", {
                  reused,
                  all: quote.scenes.length,
                })}
              </p>
            )}
          </>
        ) : (
          <Notice tone="calm" title={t("No model can be reached now, so there is no price.")} />
        )}
        {hasDrafts && (
          <div>
            <Check checked={onlyApproved} onChange={setOnlyApproved}>
              {t("Make the video only if every draft is approved")}
            </Check>
            {isOpen && (
              <p id="drafts-open" className="text-small text-warning">
                {t("Approve every draft in the storyboard first.")}
              </p>
            )}
          </div>
        )}
        {generation.error && <Refused error={generation.error} />}
        <Button
          variant="primary"
          aria-disabled={!ready}
          aria-describedby={isOpen ? "drafts-open" : undefined}
          onClick={() => {
            if (ready) generation.mutate({ revision: report.revision, quote: quote?.quote_id, storyboard });
          }}
        >
          {generation.isPending ? t("Starting") : t("Confirm and make the video")}
        </Button>
      </div>
    </Panel>
  );
}

function amount(inCredits: boolean, credits: number, dollars: number): string {
  return inCredits ? t("{credits} credits", { credits }) : formatAmount(dollars, "USD");
}

function Refused({ error }: { error: Error }) {
  const changed = error instanceof Problem && error.code === "PLAN_CHANGED";
  return (
    <Notice title={error.message}>
      {changed && t("The newest plan and price are shown now. Nothing was started or charged.")}
    </Notice>
  );
}

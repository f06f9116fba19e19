import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { get } from "../api/client";
import type { Receipt as Found } from "../api/types";
import { capabilities, loadCapabilities } from "../make/capabilities";
import { STAGES } from "./names";
import { t } from "../i18n";

type Line = Found["runs"][number]["lines"][number];

const FREE: Record<string, string> = {
  reused: t("used again"),
  earlier: t("done before"),
  failed: t("failed"),
  computed: t("free"),
};

/** What a video cost in credits, and what was free; nothing where videos cost nothing. */
export function Receipt({ jobId }: { jobId: string }) {
  const isOn = capabilities.use((all) => all.now?.billing.credits ?? false);
  // A job that was free has no receipt, and a receipt that does not come hides nothing else.
  const { data: found } = useQuery({
    queryKey: ["receipt", jobId],
    queryFn: () => get<Found>(`/api/jobs/${jobId}/receipt`),
    enabled: isOn,
  });
  useEffect(() => {
    if (!capabilities.get().now) void loadCapabilities();
  }, []);
  if (!found) return null;
  const lines = found.runs.flatMap((run) => run.lines.map((line) => ({ run: run.run, line })));
  return (
    <details className="max-w-md text-sm" data-receipt={found.credits}>
      <summary className="min-h-11 cursor-pointer py-2">
        {t("Cost:")} <span className="figures">{t("{credits} credits", { credits: found.credits })}</span>
      </summary>
      <dl>
        {lines.map(({ run, line }, number) => (
          <div key={number} className="flex justify-between gap-4 border-b border-rule py-1.5">
            <dt>
              {name(line)}
              {run > 0 && ` ${t("(retry {run})", { run })}`}
              {line.engine && <span className="text-soft"> · {line.engine}</span>}
            </dt>
            <dd className="figures text-end text-soft">{amount(line)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function name({ stage, outcome }: Line): string {
  if (outcome === "limit") return t("Above the estimate");
  return stage ? (STAGES[stage] ?? stage) : "";
}

function amount({ outcome, quantity, unit, price, credits }: Line): string {
  if (outcome === "limit") return String(credits);
  if (!credits) return FREE[outcome] ?? t("free");
  return `${Math.round(quantity * 10) / 10} ${unit ?? ""}${quantity === 1 ? "" : "s"} × ${price} = ${credits}`;
}

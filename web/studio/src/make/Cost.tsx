import type { Quote } from "../api/types";
import { duration, formatAmount } from "../lib/format";
import { t } from "../i18n";

type CostEstimate = NonNullable<Quote["cost"]>;

/** The cost by the operator's prices, or a note that no prices are set. */
export function Cost({ cost }: { cost: CostEstimate }) {
  return (
    <p className="text-end text-sm" data-cost={cost.amount}>
      <span className="caption me-2">{t("Cost")}</span>
      <span className="figures">{formatCost(cost)}</span>
    </p>
  );
}

export function formatCost({ amount, currency, items, unpriced }: CostEstimate): string {
  const known = items.length ? `~ ${formatAmount(amount, currency)}` : "";
  if (!unpriced.length) return known || t("none");
  return known ? t("{known} + unknown", { known }) : t("unknown");
}

/** Return the cost line by line, or why there is none. */
export function explainCost({ items, currency, unpriced }: CostEstimate): string[] {
  const lines = items.map((item) =>
    t("{engine}: {formatAmount} for {quantity}.", {
      engine: item.engine,
      formatAmount: formatAmount(item.amount, currency),
      quantity: quantity(item),
    }),
  );
  const missing = unpriced.map((engine) => t("{engine}: no price is set, so there may be a charge.", { engine }));
  const all = [...lines, ...missing];
  return all.length ? all : [t("No cost: the operator's own machines are used, without a price.")];
}

function quantity({ unit, quantity: number }: CostEstimate["items"][number]): string {
  if (unit === "hour") return t("{duration} of compute time", { duration: duration(number * 3600) });
  return `${Math.round(number)} ${unit}s`;
}

import type { Quote } from "../api/types";
import { duration, formatAmount } from "../lib/format";

type CostEstimate = NonNullable<Quote["cost"]>;

/** The cost by the operator's prices, or a note that no prices are set. */
export function Cost({ cost }: { cost: CostEstimate }) {
  return (
    <p className="text-right text-sm" data-cost={cost.amount}>
      <span className="caption mr-2">Cost</span>
      <span className="figures">{formatCost(cost)}</span>
    </p>
  );
}

export function formatCost({ amount, currency, items, unpriced }: CostEstimate): string {
  const known = items.length ? `~ ${formatAmount(amount, currency)}` : "";
  if (!unpriced.length) return known || "none";
  return known ? `${known} + unknown` : "unknown";
}

/** Return the cost line by line, or why there is none. */
export function explainCost({ items, currency, unpriced }: CostEstimate): string[] {
  const lines = items.map((item) => `${item.engine}: ${formatAmount(item.amount, currency)} for ${quantity(item)}.`);
  const missing = unpriced.map((engine) => `${engine}: no price is set, so there may be a charge.`);
  const all = [...lines, ...missing];
  return all.length ? all : ["No cost: the operator's own machines are used, without a price."];
}

function quantity({ unit, quantity: number }: CostEstimate["items"][number]): string {
  if (unit === "hour") return `${duration(number * 3600)} of compute time`;
  return `${Math.round(number)} ${unit}s`;
}

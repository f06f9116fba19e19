import type { Quote } from "../api/types";
import { money } from "../lib/format";

type Bill = NonNullable<Quote["cost"]>;

/** What it costs by the operator's prices, or plainly that nobody has set any. */
export function Cost({ cost }: { cost: Bill }) {
  return (
    <p className="text-right text-sm" title={why(cost)} data-cost={cost.amount}>
      <span className="caption mr-2">Cost</span>
      <span className="figures">{said(cost)}</span>
    </p>
  );
}

export function said({ amount, currency, items, unpriced }: Bill): string {
  const known = items.length ? `~ ${money(amount, currency)}` : "";
  if (!unpriced.length) return known || "none";
  return known ? `${known} + unknown` : "unknown";
}

export function why({ items, currency, unpriced }: Bill): string {
  const lines = items.map((item) => `${item.engine}: ${money(item.amount, currency)} (${item.quantity.toPrecision(3)} × ${item.unit})`);
  const missing = unpriced.map((engine) => `${engine}: the operator has set no price`);
  return [...lines, ...missing].join("\n") || "It is made on the operator's own machines, and no price is set for them.";
}

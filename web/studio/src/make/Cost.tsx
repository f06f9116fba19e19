import type { Quote } from "../api/types";
import { duration, money } from "../lib/format";

type Bill = NonNullable<Quote["cost"]>;

/** What it costs by the operator's prices, or plainly that nobody has set any. */
export function Cost({ cost }: { cost: Bill }) {
  return (
    <p className="text-right text-sm" data-cost={cost.amount}>
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

/** Line by line; of nothing, why it is nothing. */
export function why({ items, currency, unpriced }: Bill): string[] {
  const lines = items.map((item) => `${item.engine}: ${money(item.amount, currency)} for ${quantity(item)}.`);
  const missing = unpriced.map((engine) => `${engine}: the operator has set no price, so a bill may come.`);
  const told = [...lines, ...missing];
  return told.length ? told : ["No cost: these machines are the operator's own, and no price is set for them."];
}

function quantity({ unit, quantity: number }: Bill["items"][number]): string {
  if (unit === "hour") return `${duration(number * 3600)} of work`;
  return `${Math.round(number)} ${unit}s`;
}

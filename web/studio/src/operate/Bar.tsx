import type { ReactNode } from "react";

/** A row of a small bar chart: name, bar and number. */
export function Bar({
  name,
  value,
  most,
  children,
}: {
  name: ReactNode;
  value: number;
  most: number;
  children: ReactNode;
}) {
  return (
    <li className="grid grid-cols-[8rem_minmax(0,1fr)_4rem] items-center gap-3 border-b border-rule py-2 text-sm">
      <span className="truncate">{name}</span>
      <span aria-hidden className="h-2 bg-paper">
        <span className="block h-full bg-ink" style={{ width: `${most ? (100 * value) / most : 0}%` }} />
      </span>
      <span className="figures text-end">{children}</span>
    </li>
  );
}

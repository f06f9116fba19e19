import type { ReactNode } from "react";

/** A caption over a value. */
export function Cell({ caption, children }: { caption: string; children: ReactNode }) {
  return (
    <div className="min-w-0 px-3 py-2 sm:px-4">
      <dt className="caption">{caption}</dt>
      <dd className="figures truncate text-base">{children}</dd>
    </div>
  );
}

export function Cells({ children, label }: { children: ReactNode; label: string }) {
  return (
    <dl
      aria-label={label}
      className="grid grid-cols-2 gap-px border-y border-ink bg-rule sm:grid-cols-[repeat(auto-fit,minmax(8.5rem,1fr))] [&>*]:bg-sheet max-sm:[&>*:last-child:nth-child(odd)]:col-span-2"
    >
      {children}
    </dl>
  );
}

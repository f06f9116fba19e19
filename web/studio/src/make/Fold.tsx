import { type ReactNode, useState } from "react";

/** Rare fields behind a heading; a note tells which of them are not as usual. */
export function Fold({ title, note = "", children }: { title: string; note?: string; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="group" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="flex min-h-11 list-none items-center justify-between gap-3 border-y border-rule text-[0.9375rem]">
        <span>
          {title}
          {note && <span className="text-soft">: {note}</span>}
        </span>
        <span aria-hidden className="figures text-soft transition-transform group-open:rotate-45">
          +
        </span>
      </summary>
      <div className="space-y-5 pt-4">{children}</div>
    </details>
  );
}

import { type ReactNode, useId } from "react";

/** A section of a page with a heading, which may be numbered. */
export function Panel({
  number,
  title,
  aside,
  children,
}: {
  number?: string;
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="border-t-2 border-ink bg-sheet px-4 pt-3 pb-6 sm:px-6">
      <header className="mb-4 flex min-h-8 items-baseline justify-between gap-4 border-b border-rule pb-2">
        <h2 id={id} className="flex items-baseline gap-3 text-lg font-semibold tracking-tight">
          {number && <span className="figures text-soft font-normal">{number}</span>}
          {title}
        </h2>
        {aside && <div className="caption text-end">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

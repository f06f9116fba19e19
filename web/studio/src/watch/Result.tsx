import type { ReactNode } from "react";

export function Result({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="appear min-w-0">
      <h3 className="caption mb-2 flex justify-between gap-4 border-b border-rule pb-1">
        <span>{title}</span>
        <span>{aside}</span>
      </h3>
      {children}
    </section>
  );
}

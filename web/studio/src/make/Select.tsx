import type { ReactNode } from "react";

export const FIELD = "block min-h-11 w-full rounded-[3px] border border-ink/70 bg-sheet px-3 placeholder:text-soft";

/** A labelled list of choices. */
export function Select({
  id,
  label,
  value,
  onChange,
  children,
}: {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  children: ReactNode;
}) {
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="caption mb-1.5 block">
        {label}
      </label>
      <select id={id} className={FIELD} value={value} onChange={(event) => onChange(event.target.value)}>
        {children}
      </select>
    </div>
  );
}

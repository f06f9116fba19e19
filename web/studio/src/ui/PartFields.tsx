import type { ReactNode } from "react";
import { FIELD } from "../make/Select";
import { t } from "../i18n";

/** The part of a recording to keep, as typed: seconds, or nothing for its start and its end. */
export interface Part {
  start: string;
  end: string;
}

export const WHOLE: Part = { start: "", end: "" };

export function isWrong(part: Part): boolean {
  const [start, end] = range(part);
  return Number.isNaN(start) || Number.isNaN(end) || end <= start;
}

export function range({ start, end }: Part): [number, number] {
  return [seconds(start, 0), seconds(end, Infinity)];
}

function seconds(typed: string, without: number): number {
  if (!typed.trim()) return without;
  return /^\d+(\.\d*)?$/.test(typed.trim()) ? Number(typed) : Number.NaN;
}

/** Two fields for the part of a recording, beside the buttons that use it. */
export function PartFields({
  part,
  onChange,
  children,
}: {
  part: Part;
  onChange: (part: Part) => void;
  children: ReactNode;
}) {
  const wrong = isWrong(part);
  const field = (name: keyof Part, label: string) => (
    <label className="text-sm">
      <span className="caption mb-1 block">{label}</span>
      <input
        inputMode="decimal"
        maxLength={8}
        value={part[name]}
        aria-invalid={wrong || undefined}
        onChange={(event) => onChange({ ...part, [name]: event.target.value.replace(",", ".") })}
        className={`figures ${FIELD} !w-24`}
      />
    </label>
  );
  return (
    <div>
      <div className="flex flex-wrap items-end gap-3">
        {field("start", t("From second"))}
        {field("end", t("To second"))}
        {children}
      </div>
      {wrong && (
        <p role="alert" className="mt-1.5 text-sm">
          {t("Give seconds, the second ones later than the first.")}
        </p>
      )}
    </div>
  );
}

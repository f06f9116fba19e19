import { useId } from "react";
import { t } from "../i18n";

/** A labelled field of one or more lines, with a hint and an error that screen readers connect with it. */
export function TextField({
  name,
  label,
  value,
  onChange,
  hint,
  error,
  type = "text",
  rows,
  maxLength,
  min,
  autoComplete = "off",
}: {
  name: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  error?: string | undefined;
  type?: "text" | "email" | "date";
  /** More than one line. */
  rows?: number;
  maxLength?: number;
  min?: string;
  autoComplete?: string;
}) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const shared = {
    id,
    name,
    value,
    maxLength,
    autoComplete,
    "aria-invalid": error ? (true as const) : undefined,
    "aria-describedby": described || undefined,
    className: `mt-1.5 block w-full min-w-0 rounded-[3px] border bg-sheet px-3 ${rows ? "py-2" : "min-h-11"} ${error ? "border-danger" : "border-ink/70"}`,
  };
  return (
    <div className={error ? "border-s-4 border-danger ps-3" : ""}>
      <label htmlFor={id} className="block font-medium">
        {label}
      </label>
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-soft">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-sm font-medium text-danger">
          <span className="sr-only">{t("Error:")} </span>
          {error}
        </p>
      )}
      {rows ? (
        <textarea {...shared} rows={rows} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input {...shared} type={type} min={min} onChange={(event) => onChange(event.target.value)} />
      )}
    </div>
  );
}

import { useId, useState } from "react";
import type { UseFormRegisterReturn } from "react-hook-form";
import { t, within } from "../i18n";

export interface FieldSpec {
  name: string;
  label: string;
  type?: "text" | "email" | "password";
  autoComplete: string;
  hint?: string;
  /** What to say if it is empty. */
  missing: string;
}

/** A labelled input with a hint and an error, which screen readers connect with it. */
export function Field({
  spec,
  error,
  registration,
}: {
  spec: FieldSpec;
  error: string;
  registration: UseFormRegisterReturn;
}) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const { label, type = "text", autoComplete, hint } = spec;
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
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
      <div className="mt-1.5 flex gap-2">
        <input
          id={id}
          {...registration}
          type={shown ? "text" : type}
          autoComplete={autoComplete}
          autoCapitalize="none"
          spellCheck={false}
          aria-invalid={error ? true : undefined}
          aria-describedby={described || undefined}
          className={`block min-h-11 w-full min-w-0 rounded-[3px] border bg-sheet px-3 ${error ? "border-danger" : "border-ink/70"}`}
        />
        {type === "password" && (
          <button
            type="button"
            aria-label={`${shown ? t("Hide") : t("Show")} ${within(label)}`}
            aria-controls={id}
            onClick={() => setShown(!shown)}
            className="min-h-11 shrink-0 px-2 text-sm text-soft underline decoration-rule underline-offset-4 hover:text-ink"
          >
            {shown ? t("Hide") : t("Show")}
          </button>
        )}
      </div>
    </div>
  );
}

import { type ReactNode, useId } from "react";

export interface Choice<T extends string> {
  value: T;
  label: ReactNode;
  hint?: string;
  disabled?: boolean;
}

/** Radio buttons in a row. */
export function Segments<T extends string>({
  legend,
  value,
  choices,
  onChange,
}: {
  legend: string;
  value: T;
  choices: Choice<T>[];
  onChange: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset className="min-w-0">
      <legend className="caption mb-1.5">{legend}</legend>
      <div className="flex rounded-[3px] border border-ink/70 divide-x divide-rule overflow-hidden has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ink">
        {choices.map((choice) => (
          <label
            key={choice.value}
            title={choice.hint}
            className={`relative flex-1 min-h-11 grid place-items-center px-2 text-center text-sm ${
              value === choice.value ? "bg-ink text-sheet" : "hover:bg-paper"
            } ${choice.disabled ? "opacity-40 cursor-not-allowed line-through" : ""}`}
          >
            <input
              type="radio"
              className="absolute inset-0 opacity-0"
              name={name}
              checked={value === choice.value}
              disabled={choice.disabled ?? false}
              onChange={() => onChange(choice.value)}
            />
            {choice.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

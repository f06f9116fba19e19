import { useId, useState } from "react";
import { FIELD } from "../make/Select";

/** A number within limits; what is not one yet, such as an empty field, is not taken. */
export function NumberField({
  label,
  value,
  min,
  max,
  step,
  onChange,
}: {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onChange: (value: number) => void;
}) {
  const id = useId();
  const [text, setText] = useState(String(value));
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="block font-medium">
        {label}
      </label>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        required
        min={min}
        max={max}
        step={step}
        value={text}
        className={`mt-1.5 ${FIELD}`}
        onChange={(event) => {
          setText(event.target.value);
          const number = event.target.valueAsNumber;
          if (Number.isFinite(number)) onChange(number);
        }}
      />
    </div>
  );
}

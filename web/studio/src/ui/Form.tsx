import { type FormEvent, type ReactNode, useRef, useState } from "react";
import { Problem } from "../api/client";
import { Button } from "./Button";
import { Field, type FieldSpec } from "./Field";

export type Values = Record<string, string>;

/** A form whose errors stand at their fields; the first of them gets the focus. */
export function Form({
  fields,
  label,
  busyLabel,
  act,
  variant = "primary",
  children,
}: {
  fields: FieldSpec[];
  label: string;
  busyLabel: string;
  /** Send the form; a text that it returns tells the user what has happened. */
  act: (values: Values) => Promise<string | void>;
  variant?: "primary" | "plain";
  children?: ReactNode;
}) {
  const place = useRef<HTMLFormElement>(null);
  const [errors, setErrors] = useState<Values>({});
  const [outcome, setOutcome] = useState("");
  const [busy, setBusy] = useState(false);

  const refuse = (found: Values) => {
    setErrors(found);
    const first = fields.find(({ name }) => found[name])?.name;
    const element = first ? place.current?.elements.namedItem(first) : null;
    if (element instanceof HTMLElement) element.focus();
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    const values = read(form, fields);
    setOutcome("");
    const empty = fields.filter(({ name }) => !values[name]).map(({ name, missing }) => [name, missing]);
    if (empty.length) return refuse(Object.fromEntries(empty) as Values);
    setErrors({});
    setBusy(true);
    try {
      const said = await act(values);
      if (said) {
        form.reset();
        setOutcome(said);
      }
    } catch (problem) {
      refuse(explain(problem, fields));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form ref={place} noValidate className="max-w-md space-y-5" onSubmit={(event) => void submit(event)}>
      {errors[""] && (
        <p role="alert" className="border-s-4 border-danger bg-danger-wash px-4 py-3 font-medium">
          {errors[""]}
        </p>
      )}
      {fields.map((spec) => (
        <Field key={spec.name} spec={spec} error={errors[spec.name] ?? ""} />
      ))}
      {children}
      <div className="relative">
        <Button variant={variant} type="submit" aria-disabled={busy}>
          {busy ? busyLabel : label}
        </Button>
        <p role="status" className={outcome ? "mt-4 border-s-4 border-soft bg-paper px-4 py-3" : "sr-only"}>
          {outcome}
        </p>
      </div>
    </form>
  );
}

function read(form: HTMLFormElement, fields: FieldSpec[]): Values {
  const sent = new FormData(form);
  return Object.fromEntries(
    fields.map(({ name, type }) => {
      const value = String(sent.get(name) ?? "");
      return [name, type === "password" ? value : value.trim()];
    }),
  );
}

/** Return what is wrong by field; under the empty name, what concerns no field. */
function explain(problem: unknown, fields: FieldSpec[]): Values {
  if (!(problem instanceof Problem)) throw problem;
  const found: Values = {};
  for (const { field, message } of problem.reasons) {
    if (field && fields.some(({ name }) => name === field)) found[field] ??= message;
  }
  const wrong = problem.code === "LOGIN_FAILED" && fields.some(({ name }) => name === "current_password");
  if (wrong) found["current_password"] = problem.message;
  return Object.keys(found).length ? found : { "": problem.message };
}

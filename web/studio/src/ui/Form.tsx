import { zodResolver } from "@hookform/resolvers/zod";
import { type FormEvent, type ReactNode, useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod/mini";
import { Problem } from "../api/client";
import { Button } from "./Button";
import { Field, type FieldSpec } from "./Field";

export type Values = Record<string, string>;

interface FormProps {
  fields: FieldSpec[];
  label: string;
  busyLabel: string;
  /** Send the form; a text that it returns tells the user what has happened. */
  act: (values: Values) => Promise<string | void>;
  variant?: "primary" | "plain";
  children?: ReactNode;
}

/** A form whose errors stand at their fields; the first of them gets the focus. */
export function Form({ fields, label, busyLabel, act, variant = "primary", children }: FormProps) {
  const { register, handleSubmit, setError, setValue, reset, formState } = useForm<Values>({
    resolver: zodResolver(schemaOf(fields)),
    defaultValues: Object.fromEntries(fields.map(({ name }) => [name, ""])),
    reValidateMode: "onSubmit",
  });
  const { errors, isSubmitting } = formState;
  const [outcome, setOutcome] = useState("");
  const send = handleSubmit(async (values) => {
    try {
      const said = await act(values);
      if (!said) return;
      reset();
      setOutcome(said);
    } catch (problem) {
      const found = explain(problem, fields);
      const first = fields.find(({ name }) => found[name])?.name;
      for (const [name, message] of Object.entries(found)) {
        setError(name || "root", { message }, { shouldFocus: name !== "" && name === first });
      }
    }
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isSubmitting) return;
    setOutcome("");
    // What a password manager has filled in may have made no event.
    const filled = new FormData(event.currentTarget);
    for (const { name } of fields) setValue(name, String(filled.get(name) ?? ""));
    void send(event);
  };
  const refused = errors.root?.message;
  return (
    <form noValidate className="max-w-md space-y-5" onSubmit={submit}>
      {refused && (
        <p role="alert" className="border-s-4 border-danger bg-danger-wash px-4 py-3 font-medium">
          {refused}
        </p>
      )}
      {fields.map((spec) => (
        <Field
          key={spec.name}
          spec={spec}
          error={errors[spec.name]?.message ?? ""}
          registration={register(spec.name)}
        />
      ))}
      {children}
      <div className="relative">
        <Button variant={variant} type="submit" aria-disabled={isSubmitting}>
          {isSubmitting ? busyLabel : label}
        </Button>
        <p role="status" className={outcome ? "mt-4 border-s-4 border-soft bg-paper px-4 py-3" : "sr-only"}>
          {outcome}
        </p>
      </div>
    </form>
  );
}

/** Every field is needed; of a password, spaces count. */
function schemaOf(fields: FieldSpec[]) {
  const needed = ({ type, missing }: FieldSpec) =>
    type === "password"
      ? z.string().check(z.minLength(1, missing))
      : z.string().check(z.trim(), z.minLength(1, missing));
  return z.object(Object.fromEntries(fields.map((spec) => [spec.name, needed(spec)])));
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

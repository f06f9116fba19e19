import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Problem } from "../api/client";
import type { NewReport, ReportState } from "../api/types";
import { Button } from "../ui/Button";
import { Progress } from "../ui/Progress";
import { Segments } from "../ui/Segments";
import { TextField } from "../ui/TextField";
import { KINDS, sendReport } from "./reports";
import { rich, t } from "../i18n";

type Errors = Partial<Record<"link" | "statement" | "contact" | "", string>>;

interface FormProps {
  file: File | null;
  /** Whether a button has opened it, which had the focus. */
  focused: boolean;
  disabled: boolean;
  onSent: (report: NewReport) => void;
  onCancel: (() => void) | null;
}

/** The form of a person who is shown or heard in a video. */
export function ReportForm({ file, focused, disabled, onSent, onCancel }: FormProps) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [kind, setKind] = useState<ReportState["kind"]>("shows_me");
  const [words, setWords] = useState({ link: "", statement: "", contact: "" });
  const [errors, setErrors] = useState<Errors>({});
  const [share, setShare] = useState<number | null>(null);
  useEffect(() => {
    if (focused) heading.current?.focus();
  }, []);
  const change = (name: keyof typeof words) => (value: string) => setWords((now) => ({ ...now, [name]: value }));
  const refuse = (found: Errors) => {
    setErrors(found);
    const first = (["link", "statement", "contact"] as const).find((name) => found[name]);
    const field = first && form.current?.elements.namedItem(first);
    if (field instanceof HTMLElement) field.focus();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (share !== null || disabled) return;
    const missing: Errors = {
      ...(!file && !words.link.trim() && { link: t("Give the address of the video, or choose its file above.") }),
      ...(!words.statement.trim() && { statement: t("Say what is wrong.") }),
    };
    if (Object.keys(missing).length) return refuse(missing);
    setErrors({});
    setShare(0);
    try {
      onSent(await sendReport({ kind, ...words }, file, setShare));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      refuse(explain(problem));
      setShare(null);
    }
  };
  return (
    <section aria-labelledby={`${id}-title`} className="border-t-2 border-ink bg-sheet p-5 sm:p-6">
      <h2 id={`${id}-title`} ref={heading} tabIndex={-1} className="text-lg font-semibold tracking-tight outline-none">
        {t("Your report")}
      </h2>
      <p className="mt-1 max-w-[62ch] text-sm text-soft">
        {t(
          "Operators decide within 48 hours. If they withdraw the video, nothing of it can be opened here any more, and its picture and recording cannot be used again.",
        )}
      </p>
      <form ref={form} noValidate onSubmit={(event) => void submit(event)} className="mt-5 space-y-5">
        {errors[""] && (
          <p role="alert" className="border-s-4 border-danger bg-danger-wash px-4 py-3 font-medium">
            {errors[""]}
          </p>
        )}
        <Segments legend={t("What it is about")} value={kind} onChange={setKind} choices={KINDS} />
        {file ? (
          <p className="text-sm">
            {rich("The file {name} is sent with the report.", {
              name: <span className="font-medium break-all">{file.name}</span>,
            })}
          </p>
        ) : (
          <TextField
            name="link"
            label={t("Address of the video")}
            hint={t("Or choose its file above.")}
            value={words.link}
            onChange={change("link")}
            error={errors.link}
            maxLength={2000}
          />
        )}
        <TextField
          name="statement"
          label={t("What is wrong?")}
          hint={t("For example: I never agreed to this video.")}
          rows={4}
          value={words.statement}
          onChange={change("statement")}
          error={errors.statement}
          maxLength={4000}
        />
        <TextField
          name="contact"
          label={t("Your email address (optional)")}
          hint={t("Only operators see it, to tell you the decision.")}
          type="email"
          value={words.contact}
          onChange={change("contact")}
          error={errors.contact}
          maxLength={254}
        />
        {share !== null && (
          <Progress share={share} label={share < 1 ? t("Sending the report") : t("Looking for the video")} />
        )}
        <div className="flex flex-wrap gap-3">
          <Button variant="primary" type="submit" aria-disabled={share !== null}>
            {t("Send the report")}
          </Button>
          {onCancel && (
            <Button variant="quiet" onClick={onCancel}>
              {t("Cancel")}
            </Button>
          )}
        </div>
      </form>
    </section>
  );
}

function explain(problem: Problem): Errors {
  const found: Errors = {};
  for (const { field, message } of problem.reasons) {
    if (field === "link" || field === "statement" || field === "contact") found[field] ??= message;
  }
  return Object.keys(found).length ? found : { "": problem.reasons[0]?.message ?? problem.message };
}

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Problem } from "../api/client";
import { ReadAloud } from "../library/ReadAloud";
import { Button } from "../ui/Button";
import { Check } from "../ui/Check";
import { FileZone } from "../ui/FileZone";
import { Segments } from "../ui/Segments";
import { TextField } from "../ui/TextField";
import { type NewConsent, type Shown, type Use, give } from "./consents";
import { t } from "../i18n";

const STATEMENT = "I agree that videos of me are made with AI, with this face and voice.";
const WAYS: { value: Shown; label: string }[] = [
  { value: "checkbox", label: t("Ticks a box") },
  { value: "spoken", label: t("Says it") },
  { value: "document", label: t("Signed it") },
];

type Field = "subject" | "statement" | "uses" | "shown" | "expires";
type Errors = Partial<Record<Field | "", string>>;

/** What a person agrees to, and how they show it. */
export function ConsentForm({ onKept, onCancel }: { onKept: (subject: string) => void; onCancel: () => void }) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const [words, setWords] = useState({ subject: "", statement: STATEMENT, expires: "" });
  const [uses, setUses] = useState<Use[]>(["face", "voice"]);
  const [shown, setShown] = useState<Shown>("checkbox");
  const [ticked, setTicked] = useState(false);
  const [evidence, setEvidence] = useState<File | null>(null);
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState(false);
  useEffect(() => focus(form.current, "subject"), []);
  const change = (name: keyof typeof words) => (value: string) => {
    setWords((now) => ({ ...now, [name]: value }));
    setTicked(false); // what was agreed to has changed
  };
  const use = (one: Use) => (on: boolean) =>
    setUses((now) => (on ? [...now, one] : now.filter((other) => other !== one)));
  const choose = (way: Shown) => {
    setShown(way);
    setEvidence(null);
    setErrors({});
  };
  const refuse = (found: Errors) => {
    setErrors(found);
    const first = (["subject", "statement", "expires"] as const).find((name) => found[name]);
    if (first) focus(form.current, first);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const subject = words.subject.trim();
    const missing: Errors = {
      ...(!subject && { subject: t("Enter the name of the person.") }),
      ...(!words.statement.trim() && { statement: t("Say what the person agrees to.") }),
      ...(!uses.length && { uses: t("Choose at least one.") }),
      ...(shown === "checkbox" && !ticked && { shown: t("The person has to tick the box.") }),
      ...(shown === "spoken" && !evidence && { shown: t("Record the sentence first.") }),
      ...(shown === "document" && !evidence && { shown: t("Choose a picture of the signed document.") }),
    };
    if (Object.keys(missing).length) return refuse(missing);
    setErrors({});
    setBusy(true);
    const until = words.expires && { expires_at: new Date(`${words.expires}T23:59:59`).toISOString() };
    const consent: NewConsent = { subject, statement: words.statement.trim(), uses, shown, ...until };
    try {
      await give(consent, evidence);
      onKept(subject);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      refuse(explain(problem));
      setBusy(false);
    }
  };
  return (
    <section aria-labelledby={id} className="border-t-2 border-ink bg-sheet p-5 sm:p-6">
      <h2 id={id} className="text-lg font-semibold tracking-tight">
        {t("A new consent")}
      </h2>
      <form ref={form} noValidate onSubmit={(event) => void submit(event)} className="mt-4 max-w-2xl space-y-5">
        {errors[""] && (
          <p role="alert" className="border-s-4 border-danger bg-danger-wash px-4 py-3 font-medium">
            {errors[""]}
          </p>
        )}
        <TextField
          name="subject"
          label={t("Person shown or heard")}
          value={words.subject}
          onChange={change("subject")}
          error={errors.subject}
          maxLength={200}
        />
        <TextField
          name="statement"
          label={t("What the person agrees to")}
          rows={3}
          value={words.statement}
          onChange={change("statement")}
          error={errors.statement}
          maxLength={2000}
        />
        <fieldset>
          <legend className="font-medium">{t("For which use")}</legend>
          <Complaint of={errors.uses} />
          <div className="flex flex-wrap gap-x-8">
            <Check checked={uses.includes("face")} onChange={use("face")}>
              {t("Face")}
            </Check>
            <Check checked={uses.includes("voice")} onChange={use("voice")}>
              {t("Voice")}
            </Check>
          </div>
        </fieldset>
        <TextField
          name="expires"
          type="date"
          label={t("Valid until (optional)")}
          min={new Date().toISOString().slice(0, 10)}
          value={words.expires}
          onChange={change("expires")}
          error={errors.expires}
        />
        <div className="space-y-3">
          <Segments legend={t("How the person shows it")} value={shown} onChange={choose} choices={WAYS} />
          <Complaint of={errors.shown} />
          {shown === "checkbox" && (
            <Check checked={ticked} onChange={setTicked}>
              {t("I am {subject}, and I agree to the text above.", {
                subject: words.subject.trim() || t("the person named above"),
              })}
            </Check>
          )}
          {shown === "spoken" && (
            <ReadAloud
              noun={t("sentence")}
              text={`I am ${words.subject.trim() || "…"}. ${words.statement.trim()}`}
              file={evidence}
              onFile={setEvidence}
            />
          )}
          {shown === "document" && (
            <FileZone
              label={t("A picture of the signed document")}
              accept="image/*,.heic,.avif"
              onFile={setEvidence}
              className="px-4 py-6 text-center"
            >
              {evidence ? (
                <span className="break-all">{evidence.name}</span>
              ) : (
                t("Drop a picture of the signed document, or choose one")
              )}
            </FileZone>
          )}
        </div>
        <div className="flex flex-wrap items-center gap-3">
          <Button variant="primary" type="submit" aria-disabled={busy}>
            {busy ? t("Keeping it") : t("Keep this consent")}
          </Button>
          <Button variant="quiet" onClick={onCancel}>
            {t("Cancel")}
          </Button>
        </div>
      </form>
    </section>
  );
}

function Complaint({ of }: { of: string | undefined }) {
  return of ? (
    <p role="alert" className="text-sm font-medium text-danger">
      {of}
    </p>
  ) : null;
}

function focus(form: HTMLFormElement | null, name: string): void {
  const field = form?.elements.namedItem(name);
  if (field instanceof HTMLElement) field.focus();
}

/** Return what is wrong by field; files that a check refused have no field of this form. */
function explain(problem: Problem): Errors {
  const names: Record<string, Field> = {
    subject: "subject",
    statement: "statement",
    uses: "uses",
    expires_at: "expires",
    evidence_upload_id: "shown",
  };
  const found: Errors = {};
  for (const { field, message } of problem.reasons) {
    const name = names[field ?? ""];
    if (name) found[name] ??= message;
  }
  if (Object.keys(found).length) return found;
  return { "": [problem.message, ...problem.reasons.map(({ message }) => message)].join(" ") };
}

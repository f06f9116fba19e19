import { type FormEvent, useId, useState } from "react";
import { Problem } from "../api/client";
import { Button } from "../ui/Button";
import { t, within } from "../i18n";

const LONGEST = 200;

interface RenameProps {
  title: string;
  label: string;
  save: (title: string) => Promise<void>;
  onDone: () => void;
}

/** A title as a field; Escape leaves it as it was. */
export function Rename({ title: former, label, save: keep, onDone }: RenameProps) {
  const id = useId();
  const [title, setTitle] = useState(former);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    if (!title.trim()) return setError(t("Enter a {label}.", { label: within(label) }));
    setBusy(true);
    try {
      await keep(title.trim());
      onDone();
    } catch (problem) {
      setError(problem instanceof Problem ? (problem.reasons[0]?.message ?? problem.message) : String(problem));
      setBusy(false);
    }
  };
  return (
    <form
      className="space-y-2"
      onSubmit={(event) => void save(event)}
      onKeyDown={(event) => {
        if (event.key === "Escape") onDone();
      }}
    >
      <label htmlFor={id} className="caption">
        {label}
      </label>
      {error && (
        <p id={`${id}-error`} role="alert" className="text-sm font-medium text-danger">
          {error}
        </p>
      )}
      <input
        id={id}
        autoFocus
        maxLength={LONGEST}
        autoComplete="off"
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        className={`block min-h-11 w-full min-w-0 rounded-[3px] border bg-sheet px-3 ${error ? "border-danger" : "border-ink/70"}`}
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" aria-disabled={busy}>
          {busy ? t("Saving") : t("Save {label}", { label: within(label) })}
        </Button>
        <Button variant="quiet" onClick={onDone}>
          {t("Cancel")}
        </Button>
      </div>
    </form>
  );
}

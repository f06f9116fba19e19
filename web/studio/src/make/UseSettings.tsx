import { useState } from "react";
import { Problem } from "../api/client";
import { go } from "../lib/navigate";
import { paths } from "../lib/paths";
import { useFocusReturn } from "../library/useFocusReturn";
import { Button } from "../ui/Button";
import type { Draft } from "./draft";
import { formOf, recall, scenesFormOf, wouldLose } from "./recall";
import { t } from "../i18n";

/** Fill the form with the settings of a job; asks before it replaces what was typed. */
export function UseSettings({
  jobId,
  label = t("Use these settings"),
  variant = "plain",
  screenplay = "",
}: {
  jobId: string;
  label?: string;
  variant?: "plain" | "quiet" | "primary";
  /** The screenplay of the job: its scenes are edited one by one. */
  screenplay?: string;
}) {
  const [next, setNext] = useState<Partial<Draft> | null>(null);
  const [error, setError] = useState("");
  const button = useFocusReturn(next !== null);
  const fill = (form: Partial<Draft>) => {
    recall(form);
    go(paths.create);
  };
  const ask = async () => {
    setError("");
    try {
      const form = await (screenplay ? scenesFormOf(jobId, screenplay) : formOf(jobId));
      if (wouldLose(form)) setNext(form);
      else fill(form);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setError(problem.message);
    }
  };
  if (next) {
    return (
      <div
        role="group"
        aria-label={label}
        onKeyDown={(event) => {
          if (event.key === "Escape") setNext(null);
        }}
        className="flex w-full flex-wrap items-center gap-3 border-s-4 border-soft bg-paper p-3 text-sm"
      >
        <span>{t("This replaces the script and settings on the Create page.")}</span>
        <Button onClick={() => fill(next)}>{t("Replace them")}</Button>
        <Button variant="quiet" autoFocus onClick={() => setNext(null)}>
          {t("Keep mine")}
        </Button>
      </div>
    );
  }
  return (
    <>
      <Button variant={variant} ref={button} onClick={() => void ask()}>
        {label}
      </Button>
      {error && (
        <p role="alert" className="w-full text-sm">
          {error}
        </p>
      )}
    </>
  );
}

import { useState } from "react";
import { Problem } from "../api/client";
import { go } from "../lib/navigate";
import { paths } from "../lib/paths";
import { Button } from "../ui/Button";
import { Question } from "../ui/Question";
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
  return (
    <>
      <Button variant={variant} onClick={() => void ask()}>
        {label}
      </Button>
      {next && (
        <Question
          title={t("This replaces the script and settings on the Create page.")}
          keep={t("Keep mine")}
          answers={[{ label: t("Replace them"), act: () => fill(next) }]}
          onClose={() => setNext(null)}
        />
      )}
      {error && (
        <p role="alert" className="w-full text-sm">
          {error}
        </p>
      )}
    </>
  );
}

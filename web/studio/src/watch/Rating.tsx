import { useEffect, useState } from "react";
import { Problem, get, post } from "../api/client";
import type { Feedback } from "../api/types";
import { Button } from "../ui/Button";
import { PROBLEMS } from "./names";
import { t } from "../i18n";

const SCORES = [1, 2, 3, 4, 5];

interface Draft {
  score: number;
  words: string;
  problems: string[];
}

/** Ask the owner for a score, in one line; a low one opens what was wrong. */
export function Rating({ jobId }: { jobId: string }) {
  const [draft, setDraft] = useState<Draft | null>(null);
  const [open, setOpen] = useState(false);
  const [outcome, setOutcome] = useState("");
  useEffect(() => {
    get<Feedback | undefined>(`/process/${jobId}/feedback`).then(
      (found) => found && setDraft({ score: found.score, words: found.words, problems: found.problems }),
      () => undefined,
    );
  }, [jobId]);
  const send = async (next: Draft, said: string) => {
    setDraft(next);
    try {
      await post(`/process/${jobId}/feedback`, next);
      setOutcome(said);
    } catch (problem) {
      setOutcome(problem instanceof Problem ? problem.message : String(problem));
    }
  };
  const rate = (score: number) => {
    setOpen(true);
    void send({ words: "", problems: [], ...draft, score }, "Thank you.");
  };
  return (
    <div className="max-w-md space-y-3 border-t border-rule pt-3 text-sm" data-rating={draft?.score ?? ""}>
      <fieldset className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <legend className="float-left me-3 text-soft">{t("How is it?")}</legend>
        {SCORES.map((score) => (
          <label
            key={score}
            className={`figures relative grid min-h-9 min-w-9 place-items-center rounded-[3px] border has-focus-visible:outline-2 has-focus-visible:outline-ink ${draft?.score === score ? "border-ink bg-ink text-sheet" : "border-rule hover:bg-paper"}`}
          >
            <input
              type="radio"
              name={`score-${jobId}`}
              className="absolute inset-0 opacity-0"
              checked={draft?.score === score}
              onChange={() => rate(score)}
              aria-label={t("{score} of 5", { score })}
            />
            {score}
          </label>
        ))}
        {draft && !open && (
          <Button variant="quiet" className="!min-h-9 !py-1 !text-sm" onClick={() => setOpen(true)}>
            {t("Say more")}
          </Button>
        )}
      </fieldset>
      {draft && open && (
        <More draft={draft} change={setDraft} send={() => void send(draft, "Saved.").then(() => setOpen(false))} />
      )}
      <p role="status" className="text-soft empty:hidden">
        {outcome}
      </p>
    </div>
  );
}

function More({ draft, change, send }: { draft: Draft; change: (draft: Draft) => void; send: () => void }) {
  const toggle = (name: string) =>
    change({
      ...draft,
      problems: draft.problems.includes(name)
        ? draft.problems.filter((one) => one !== name)
        : [...draft.problems, name],
    });
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <fieldset className="flex flex-wrap gap-x-4 gap-y-1">
        <legend className="caption mb-1">{t("What was wrong?")}</legend>
        {Object.entries(PROBLEMS).map(([name, label]) => (
          <label key={name} className="inline-flex min-h-8 items-center gap-2">
            <input type="checkbox" checked={draft.problems.includes(name)} onChange={() => toggle(name)} />
            {label}
          </label>
        ))}
      </fieldset>
      <label className="block">
        <span className="caption mb-1 block">{t("In your words")}</span>
        <textarea
          rows={2}
          maxLength={2000}
          value={draft.words}
          onChange={(event) => change({ ...draft, words: event.target.value })}
          className="block w-full rounded-[3px] border border-ink/70 bg-sheet px-3 py-2"
        />
      </label>
      <Button type="submit" className="!min-h-9 !py-1 !text-sm">
        {t("Save")}
      </Button>
    </form>
  );
}

import { dependencies } from "../job/timeline";
import type { Job, Step } from "../job/view";
import { duration, time } from "../lib/format";
import { Cell, Cells } from "../ui/Cell";
import { KINDS, STAGES } from "./names";
import { t } from "../i18n";

/** Details of a stage: its model, worker, progress, and why it waits. */
export function StepNote({ step, job }: { step: Step; job: Job }) {
  const seconds = step.began !== null && step.ended !== null ? (step.ended - step.began) / 1000 : null;
  return (
    <div className="mt-5" data-chosen={step.name}>
      <p className="mb-2 text-[0.9375rem]">
        <strong className="font-semibold">
          {STAGES[step.stage]}
          {step.scene === null ? "" : `, ${t("scene {number}", { number: step.scene + 1 })}`}.
        </strong>{" "}
        {waitReason(step, job)}
      </p>
      <Cells label={t("Stage details")}>
        <Cell caption={t("Engine")}>{step.engine || "–"}</Cell>
        <Cell caption={t("Kind")}>{KINDS[step.kind] ?? "–"}</Cell>
        <Cell caption={t("Node")}>{step.worker || "–"}</Cell>
        {step.state === "done" ? (
          <Cell caption={t("Took")}>{step.found ? t("reused") : seconds === null ? "–" : duration(seconds)}</Cell>
        ) : (
          <Cell caption={t("Expected")}>{step.expected ? duration(step.expected) : "–"}</Cell>
        )}
        {step.attempt > 1 && <Cell caption={t("Attempt")}>{step.attempt}</Cell>}
      </Cells>
    </div>
  );
}

export function waitReason(step: Step, job: Job): string {
  switch (step.state) {
    case "failed":
      return step.error;
    case "dropped":
      return t("Stopped with the job.");
    case "done":
      return step.found ? t("An earlier identical result was reused.") : t("Done.");
    case "running":
      return at(step);
    case "waiting":
      return job.ended === null ? waitingNote(step, job) : t("Not started.");
  }
}

/** The worker's message, or that it is preparing inputs and model. */
function at(step: Step): string {
  const message = /started$/.test(step.message) ? "" : step.message;
  if (step.percent <= 0) return message ? `${sentence(message)}.` : t("A worker is preparing.");
  return `${sentence(message || t("running"))}, ${Math.round(step.percent)}%.`;
}

function waitingNote(step: Step, job: Job): string {
  if (step.error && job.retryAt)
    return t("{error} It is retried at {time}.", { error: step.error, time: time(job.retryAt, "second") });
  if (step.error) return t("{error} It is retried.", { error: step.error });
  if (job.waitingFor) return job.waitingFor;
  const begins = job.starts ? ` ${t("It starts at about {time}.", { time: time(job.starts) })}` : "";
  if (job.position !== null)
    return job.position === 1
      ? t("The job is next in the queue.{begins}", { begins })
      : t("The job is number {position} in the queue.{begins}", { position: job.position, begins });
  const missing = dependencies(step, job.steps).filter(
    (name) => job.steps.find((other) => other.name === name)?.state !== "done",
  );
  return missing.length ? t("Waiting for {list}.", { list: list(missing) }) : t("Waiting for a free worker.");
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

function list(names: string[]): string {
  const stages = [...new Set(names.map((name) => (STAGES[name.split(".")[0] ?? ""] ?? name).toLowerCase()))];
  return stages.length > 1
    ? t("{stages} and {at}", { stages: stages.slice(0, -1).join(", "), at: stages.at(-1) })
    : (stages[0] ?? "");
}

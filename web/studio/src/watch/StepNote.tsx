import { dependencies } from "../job/timeline";
import type { Job, Step } from "../job/view";
import { duration, time } from "../lib/format";
import { Cell, Cells } from "../ui/Cell";
import { KINDS, STAGES } from "./names";

/** Details of a stage: its model, worker, progress, and why it waits. */
export function StepNote({ step, job }: { step: Step; job: Job }) {
  const seconds = step.began !== null && step.ended !== null ? (step.ended - step.began) / 1000 : null;
  return (
    <div className="mt-5" data-chosen={step.name}>
      <p className="mb-2 text-[0.9375rem]">
        <strong className="font-semibold">{STAGES[step.stage]}{step.scene === null ? "" : `, scene ${step.scene + 1}`}.</strong>{" "}
        {waitReason(step, job)}
      </p>
      <Cells label="Stage details">
        <Cell caption="Engine">{step.engine || "–"}</Cell>
        <Cell caption="Kind">{KINDS[step.kind] ?? "–"}</Cell>
        <Cell caption="Node">{step.worker || "–"}</Cell>
        {step.state === "done" ? (
          <Cell caption="Took">{step.found ? "reused" : seconds === null ? "–" : duration(seconds)}</Cell>
        ) : (
          <Cell caption="Expected">{step.expected ? duration(step.expected) : "–"}</Cell>
        )}
        {step.attempt > 1 && <Cell caption="Attempt">{step.attempt}</Cell>}
      </Cells>
    </div>
  );
}

export function waitReason(step: Step, job: Job): string {
  switch (step.state) {
    case "failed":
      return step.error;
    case "dropped":
      return "Stopped with the job.";
    case "done":
      return step.found ? "An earlier identical result was reused." : "Done.";
    case "running":
      return at(step);
    case "waiting":
      return job.ended === null ? waitingNote(step, job) : "Not started.";
  }
}

/** The worker's message, or that it is preparing inputs and model. */
function at(step: Step): string {
  const message = /started$/.test(step.message) ? "" : step.message;
  if (step.percent <= 0) return message ? `${sentence(message)}.` : "A worker is preparing.";
  return `${sentence(message || "running")}, ${Math.round(step.percent)}%.`;
}

function waitingNote(step: Step, job: Job): string {
  if (step.error && job.retryAt) return `${step.error} It is retried at ${time(job.retryAt, "second")}.`;
  if (step.error) return `${step.error} It is retried.`;
  if (job.waitingFor) return job.waitingFor;
  const begins = job.starts ? ` It starts at about ${time(job.starts)}.` : "";
  if (job.position !== null) return job.position === 1 ? `The job is next in the queue.${begins}` : `The job is number ${job.position} in the queue.${begins}`;
  const missing = dependencies(step, job.steps).filter((name) => job.steps.find((other) => other.name === name)?.state !== "done");
  return missing.length ? `Waiting for ${list(missing)}.` : "Waiting for a free worker.";
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

function list(names: string[]): string {
  const stages = [...new Set(names.map((name) => (STAGES[name.split(".")[0] ?? ""] ?? name).toLowerCase()))];
  return stages.length > 1 ? `${stages.slice(0, -1).join(", ")} and ${stages.at(-1)}` : (stages[0] ?? "");
}

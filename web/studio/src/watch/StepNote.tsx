import { needsOf } from "../job/timeline";
import type { Job, Step } from "../job/view";
import { duration, time } from "../lib/format";
import { Cell, Cells } from "../ui/Cell";
import { KINDS, STAGES } from "./names";

/** One stage in words: who does it, where, how far, and why it waits. */
export function StepNote({ step, job }: { step: Step; job: Job }) {
  const seconds = step.began !== null && step.ended !== null ? (step.ended - step.began) / 1000 : null;
  return (
    <div className="mt-5" data-chosen={step.name}>
      <p className="mb-2 text-[0.9375rem]">
        <strong className="font-semibold">{STAGES[step.stage]}{step.scene === null ? "" : `, scene ${step.scene + 1}`}.</strong>{" "}
        {why(step, job)}
      </p>
      <Cells label="The stage">
        <Cell caption="Engine">{step.engine || "–"}</Cell>
        <Cell caption="Kind">{KINDS[step.kind] ?? "–"}</Cell>
        <Cell caption="Node">{step.worker || "–"}</Cell>
        {step.state === "done" ? (
          <Cell caption="Took">{step.found ? "found" : seconds === null ? "–" : duration(seconds)}</Cell>
        ) : (
          <Cell caption="Expected">{step.expected ? duration(step.expected) : "–"}</Cell>
        )}
        {step.attempt > 1 && <Cell caption="Attempt">{step.attempt}</Cell>}
      </Cells>
    </div>
  );
}

export function why(step: Step, job: Job): string {
  switch (step.state) {
    case "failed":
      return step.error;
    case "dropped":
      return "It was stopped with the job.";
    case "done":
      return step.found ? "The same was made before, so its result was taken." : "Done.";
    case "running":
      return at(step);
    case "waiting":
      return job.ended === null ? waits(step, job) : "It was not reached.";
  }
}

/** A worker says what it does; until it does, it gets its inputs and its model ready. */
function at(step: Step): string {
  const said = /started$/.test(step.message) ? "" : step.message;
  if (step.percent <= 0) return said ? `${sentence(said)}.` : "A worker has it and makes itself ready.";
  return `${sentence(said || "at work")}, ${Math.round(step.percent)}%.`;
}

function waits(step: Step, job: Job): string {
  if (step.error && job.retries) return `${step.error} It is tried again at ${time(job.retries, "second")}.`;
  if (step.error) return `${step.error} It is tried again.`;
  if (job.lacks) return job.lacks;
  const begins = job.starts ? ` It begins at about ${time(job.starts)}.` : "";
  if (job.position !== null) return job.position === 1 ? `The job is next in line.${begins}` : `The job is number ${job.position} in line.${begins}`;
  const missing = needsOf(step, job.steps).filter((name) => job.steps.find((other) => other.name === name)?.state !== "done");
  return missing.length ? `Waits for ${list(missing)}.` : "In line for a free worker.";
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

function list(names: string[]): string {
  const stages = [...new Set(names.map((name) => (STAGES[name.split(".")[0] ?? ""] ?? name).toLowerCase()))];
  return stages.length > 1 ? `${stages.slice(0, -1).join(", ")} and ${stages.at(-1)}` : (stages[0] ?? "");
}

import type { JobState, LiveEvent } from "../api/types";
import { eventTime } from "../live/order";
import { type Job, type Step, ended, stepName } from "./view";

const ENDS: Record<string, JobState> = {
  pipeline_completed: "succeeded",
  pipeline_failed: "failed",
  pipeline_cancelled: "cancelled",
};

type Details = Record<string, unknown>;
interface PlannedStep {
  stage: string;
  scene: number | null;
  engine: string;
  kind?: string;
  weight: number;
}

/** Return the job after an event. A repeated or late event changes nothing. */
export function apply(job: Job, event: LiveEvent): Job {
  const seen = { ...job, lastEvent: event.event_id };
  const end = ENDS[event.event_type];
  if (end) return finish(seen, end, event);
  if (ended(job.state) && event.event_type !== "processing_started") return seen;
  const moved = {
    ...seen,
    percent: Math.max(job.percent, event.progress_percent),
    eta: event.eta_seconds ?? job.eta,
    range: event.eta_seconds === null ? job.range : event.eta_range,
    message: event.message || job.message,
  };
  if (event.event_type === "processing_started") return plan(moved, event);
  if (event.stage === null) return moved;
  const name = stepName(event.stage, event.scene);
  const steps = job.steps.some((step) => step.name === name)
    ? job.steps
    : [...job.steps, planned({ stage: event.stage, scene: event.scene, engine: "", weight: 0 }, 0)];
  return {
    ...moved,
    state: "running",
    position: null,
    waitingFor: null,
    retryAt: null,
    began: job.began ?? eventTime(event.event_id),
    steps: steps.map((step) => (step.name === name ? advance(step, event) : step)),
  };
}

function finish(job: Job, state: JobState, event: LiveEvent): Job {
  const details = event.details as { error_code?: string; user_message?: string; stage?: string };
  const failure =
    state === "failed"
      ? {
          code: details.error_code ?? "",
          stage: details.stage ?? null,
          message: details.user_message ?? event.message,
        }
      : null;
  return {
    ...job,
    state,
    failure,
    percent: event.progress_percent,
    eta: null,
    range: null,
    cancelling: false,
    message: event.message,
    ended: eventTime(event.event_id),
    steps: job.steps.map((step) => (step.state === "running" ? { ...step, state: "dropped" } : step)),
  };
}

function plan(job: Job, event: LiveEvent): Job {
  const details = event.details as { stages?: PlannedStep[]; estimated_seconds?: number };
  const totalWeight = (details.stages ?? []).reduce((sum, step) => sum + step.weight, 0) || 1;
  // Weights are shares of the work: they spread the estimated seconds over the steps.
  const seconds = details.estimated_seconds ?? 0;
  const steps = (details.stages ?? []).map((step) => {
    const known = job.steps.find((other) => other.name === stepName(step.stage, step.scene));
    const expected = known?.expected ?? (seconds * step.weight) / totalWeight;
    return known ? { ...known, engine: step.engine, expected } : planned(step, expected);
  });
  return { ...job, expected: seconds || job.expected, steps: steps.length ? steps : job.steps };
}

function planned(step: PlannedStep, expected: number): Step {
  return {
    name: stepName(step.stage, step.scene),
    stage: step.stage,
    scene: step.scene,
    engine: step.engine,
    kind: step.kind ?? "",
    worker: "",
    state: "waiting",
    percent: 0,
    found: false,
    attempt: 0,
    expected,
    began: null,
    ended: null,
    message: "",
    error: "",
    facts: {},
  };
}

function advance(step: Step, event: LiveEvent): Step {
  const details: Details = event.details;
  if (step.state === "done") return step;
  const common = {
    ...step,
    engine: String(details["engine"] ?? step.engine),
    kind: String(details["kind"] ?? step.kind),
    worker: String(details["worker"] ?? step.worker),
    attempt: Number(details["attempt"] ?? step.attempt),
    message: event.message,
  };
  const now = eventTime(event.event_id);
  switch (event.event_type) {
    case "stage_started":
      return { ...common, state: "running", began: now, ended: null, percent: 0, error: "" };
    case "progress_update": {
      const percent = Math.max(step.percent, Number(details["stage_percent"] ?? 0));
      return { ...common, state: "running", began: step.began ?? now, percent };
    }
    case "stage_completed": {
      const facts = (details["facts"] ?? {}) as Details;
      const began = step.began ?? now - Number(details["seconds"] ?? 0) * 1000;
      const found = details["found"] === true;
      return { ...common, state: "done", percent: 100, began, ended: now, found, facts, error: "" };
    }
    case "stage_failed":
      return {
        ...common,
        state: details["retryable"] === true ? "waiting" : "failed",
        ended: now,
        error: String(details["user_message"] ?? event.message),
      };
    default:
      return step;
  }
}

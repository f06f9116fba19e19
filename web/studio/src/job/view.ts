import type { JobReport, JobState, StageReport } from "../api/types";

export type StepState = "waiting" | "running" | "done" | "failed" | "dropped";

/** A step of a job as the page shows it. */
export interface Step {
  name: string;
  stage: string;
  scene: number | null;
  engine: string;
  kind: string;
  worker: string;
  state: StepState;
  percent: number;
  found: boolean;
  attempt: number;
  /** Expected seconds; null: unknown. */
  expected: number | null;
  began: number | null;
  ended: number | null;
  message: string;
  error: string;
  facts: Record<string, unknown>;
}

export interface Failure {
  code: string;
  stage: string | null;
  message: string;
}

/** A job: its report from the server, and every event since. */
export interface Job {
  id: string;
  sessionId: string;
  state: JobState;
  percent: number;
  eta: number | null;
  /** One job in ten takes less than the first value, and one in ten more than the second. */
  range: [number, number] | null;
  expected: number | null;
  created: number;
  began: number | null;
  ended: number | null;
  attempt: number;
  revision: number;
  /** Why the plan was revised; empty: it was not. */
  revised: string;
  position: number | null;
  /** Why no worker can continue it now. */
  waitingFor: string | null;
  /** When a failed step is retried. */
  retryAt: number | null;
  cancelling: boolean;
  message: string;
  failure: Failure | null;
  options: Record<string, unknown>;
  warnings: { code: string; message: string }[];
  steps: Step[];
  result: JobReport["result"];
  expires: number | null;
  /** When its files expired. */
  expired: number | null;
  title: string;
  /** When it is expected to start, while it waits. */
  starts: number | null;
  lastEvent: string;
}

export const stepName = (stage: string, scene: number | null): string => (scene === null ? stage : `${stage}.${scene}`);

export const ended = (state: JobState): boolean => state === "succeeded" || state === "failed" || state === "cancelled";

const at = (when: string | null | undefined): number | null => (when ? Date.parse(when) : null);

/** Return the job of a report, with what events have told about its running steps. */
export function fromReport(report: JobReport, last?: Job): Job {
  // Nothing is kept of another plan, whose steps may use other engines.
  const known = last?.revision === report.revision ? last : undefined;
  return {
    id: report.job_id,
    sessionId: report.session_id,
    state: report.state,
    percent: Math.max(report.percent, last?.attempt === report.attempt ? last.percent : 0),
    eta: report.eta_seconds ?? null,
    range: (report.eta_range as [number, number] | null) ?? null,
    expected: last?.expected ?? null,
    created: Date.parse(report.created_at),
    began: at(report.started_at),
    ended: at(report.finished_at),
    attempt: report.attempt,
    revision: report.revision,
    revised: report.revisions.at(-1)?.why ?? "",
    position: report.queue_position ?? null,
    waitingFor: report.waiting_for ?? null,
    retryAt: at(report.retry_at),
    cancelling: report.cancel_requested,
    message: last?.message ?? "",
    failure: report.error ? { ...report.error, stage: report.error.stage ?? null } : null,
    options: report.options as Record<string, unknown>,
    warnings: report.warnings ?? [],
    steps: report.stages.map((stage) => fromStage(stage, ended(report.state), known)),
    result: report.result ?? null,
    expires: at(report.expires_at),
    expired: at(report.expired_at),
    title: report.title,
    starts: at(report.estimated_start),
    lastEvent: last?.lastEvent ?? "",
  };
}

function fromStage(stage: StageReport, jobEnded: boolean, job?: Job): Step {
  const scene = stage.scene ?? null;
  const name = stepName(stage.stage, scene);
  const known = job?.steps.find((step) => step.name === name);
  // A failed step of a running job is retried: it waits, and the error says why.
  const state = stage.state === "failed" && !jobEnded ? "waiting" : (stage.state as StepState);
  const ahead = known && known.state === "done" && known.attempt >= stage.attempt;
  if (ahead && state !== "done") return known;
  return {
    name,
    stage: stage.stage,
    scene,
    engine: stage.engine,
    kind: stage.kind,
    worker: stage.worker || known?.worker || "",
    state,
    percent: state === "done" ? 100 : state === "running" ? (known?.percent ?? 0) : 0,
    found: stage.found,
    attempt: stage.attempt,
    expected: stage.expected_seconds ?? known?.expected ?? null,
    began: at(stage.started_at),
    ended: at(stage.finished_at),
    message: known?.message ?? "",
    error: stage.error?.message ?? "",
    facts: known?.facts ?? {},
  };
}

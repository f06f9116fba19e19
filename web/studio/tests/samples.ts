import type { JobReport, LiveEvent, StageReport } from "../src/api/types";

const WHEN = "2026-01-01T12:00:00+00:00";

export function stage(name: string, scene: number | null = null): StageReport {
  return {
    stage: name,
    scene,
    engine: "simulated",
    kind: "simulated",
    provider: null,
    worker: "",
    state: "waiting",
    found: false,
    attempt: 0,
    seconds: null,
    started_at: null,
    finished_at: null,
    error: null,
    expected_seconds: 2,
    expected_within: 3,
  };
}

export function report(part: Partial<JobReport> = {}): JobReport {
  return {
    job_id: "job",
    session_id: "session",
    state: "running",
    percent: 0,
    eta_seconds: null,
    eta_range: null,
    estimated_start: null,
    cancel_requested: false,
    created_at: WHEN,
    started_at: null,
    finished_at: null,
    error: null,
    title: "Hello",
    expired_at: null,
    expires_at: null,
    attempt: 1,
    queue_position: null,
    options: { aspect_ratio: "9:16", height: 720 },
    consent: null,
    consent_withdrawn_at: null,
    stages: [
      stage("script"),
      stage("face"),
      stage("voice", 0),
      stage("animate", 0),
      stage("voice", 1),
      stage("animate", 1),
      stage("assemble"),
    ],
    revision: 1,
    revisions: [{ why: "" }],
    waiting_for: null,
    retry_at: null,
    result: null,
    links: { job: "", cancel: "", retry: "", outputs: "" },
    ...part,
  } as JobReport;
}

export function event(kind: string, id: string, part: Partial<LiveEvent> = {}): LiveEvent {
  return {
    event_id: id,
    event_type: kind,
    session_id: "session",
    job_id: "job",
    stage: null,
    scene: null,
    progress_percent: 0,
    eta_seconds: null,
    eta_range: null,
    message: "",
    details: {},
    ...part,
  };
}

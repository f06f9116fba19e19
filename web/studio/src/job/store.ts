import { get, post } from "../api/client";
import type { FileReport, JobReport, JobSummary, LiveEvent } from "../api/types";
import { createStore } from "../lib/store";
import { apply } from "./events";
import { type Job, ended, fromReport } from "./view";

/** The jobs that somebody has looked at, by id, and the files that the session holds. */
export const jobs = createStore<{ known: Record<string, Job>; files: FileReport[] }>({
  known: {},
  files: [],
});

const held = new Map<string, LiveEvent[]>();

/** Ask the ledger for a job; what happens meanwhile is put on top of its answer. */
export async function load(jobId: string): Promise<Job> {
  if (!held.has(jobId)) held.set(jobId, []);
  try {
    const report = await get<JobReport>(`/process/${jobId}`);
    const events = held.get(jobId) ?? [];
    const job = events.reduce(apply, fromReport(report, jobs.get().known[jobId]));
    keep(job);
    return job;
  } finally {
    held.delete(jobId);
  }
}

export function heard(event: LiveEvent): void {
  const id = event.job_id;
  if (!id) return;
  held.get(id)?.push(event);
  const job = jobs.get().known[id];
  if (!job) return;
  keep(apply(job, event));
  if (event.event_type === "stage_completed") lookForFiles(job.sessionId, id, String(event.stage));
  // The end is the ledger's to tell, and what follows from a failure.
  if (/^(pipeline_|stage_failed|plan_revised)/.test(event.event_type)) loadSoon(id);
  if (event.event_type.startsWith("pipeline_")) void refreshFiles(job.sessionId);
}

/** The ledger reads an event a moment after us; of a job that is over it has the files then. */
function loadSoon(jobId: string): void {
  void load(jobId).catch(() => undefined);
  setTimeout(() => void load(jobId).catch(() => undefined), 700);
}

/** After a joining: whatever changed while nobody listened is asked for. */
export function caughtUp(summaries: JobSummary[]): void {
  for (const { job_id, state } of summaries) {
    const job = jobs.get().known[job_id];
    if (job && !(ended(job.state) && job.state === state)) void load(job_id).catch(() => undefined);
  }
}

export async function cancel(jobId: string): Promise<void> {
  await post(`/process/${jobId}/cancel`, {});
  await load(jobId);
}

export async function retry(jobId: string): Promise<void> {
  await post(`/process/${jobId}/retry`, {});
  await load(jobId);
}

export async function refreshFiles(sessionId: string): Promise<void> {
  const { outputs } = await get<{ outputs: FileReport[] }>(`/outputs/${sessionId}`);
  jobs.set({ files: outputs });
}

let looking: ReturnType<typeof setTimeout> | undefined;

/** A finished step's files are listed once the ledger has read its event: a moment later. */
function lookForFiles(sessionId: string, jobId: string, stage: string, tries = 4): void {
  clearTimeout(looking);
  looking = setTimeout(async () => {
    await refreshFiles(sessionId).catch(() => undefined);
    const there = jobs.get().files.some((file) => file.filename.startsWith(`${jobId}-${stage}`));
    if (!there && tries > 1 && stage !== "assemble") lookForFiles(sessionId, jobId, stage, tries - 1);
  }, 400);
}

function keep(job: Job): void {
  jobs.set(({ known }) => ({ known: { ...known, [job.id]: job } }));
}

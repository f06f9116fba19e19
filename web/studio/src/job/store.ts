import { get, post } from "../api/client";
import type { FileReport, JobReport, JobSummary, LiveEvent } from "../api/types";
import { createStore } from "../lib/store";
import { apply } from "./events";
import { type Job, ended, fromReport } from "./view";

/** The jobs that were opened, by id, and the files of the session. */
export const jobs = createStore<{ known: Record<string, Job>; files: FileReport[] }>({
  known: {},
  files: [],
});

const pendingEvents = new Map<string, LiveEvent[]>();

/** Load a job, and apply the events that arrive meanwhile. */
export async function load(jobId: string): Promise<Job> {
  if (!pendingEvents.has(jobId)) pendingEvents.set(jobId, []);
  try {
    const report = await get<JobReport>(`/process/${jobId}`);
    const events = pendingEvents.get(jobId) ?? [];
    const job = events.reduce(apply, fromReport(report, jobs.get().known[jobId]));
    keep(job);
    return job;
  } finally {
    pendingEvents.delete(jobId);
  }
}

/** The page shows events ten times a second at most, however many come. */
const SHOW_MS = 105;
/** So many may be shown at once after a pause, as the events of a step that ends come close together. */
const AT_ONCE = 3;

let arrived: LiveEvent[] = [];
/** When the next may be shown, if they had come evenly. */
let nextAt = 0;
let showing: ReturnType<typeof setTimeout> | undefined;

/** Take an event; those that come close together are shown together. */
export function receive(event: LiveEvent): void {
  const id = event.job_id;
  if (!id) return;
  pendingEvents.get(id)?.push(event);
  arrived.push(event);
  const wait = nextAt - (AT_ONCE - 1) * SHOW_MS - Date.now();
  if (wait <= 0) showArrived();
  else showing ??= setTimeout(showArrived, wait);
}

function showArrived(): void {
  clearTimeout(showing);
  showing = undefined;
  nextAt = Math.max(nextAt, Date.now()) + SHOW_MS;
  const events = arrived;
  arrived = [];
  const known = { ...jobs.get().known };
  const changed = events.filter(({ job_id }) => job_id && known[job_id]);
  for (const event of changed) known[event.job_id!] = apply(known[event.job_id!]!, event);
  if (changed.length) jobs.set({ known });
  for (const event of changed) follow(event, known[event.job_id!]!);
}

/** Load what an event only announces. */
function follow(event: LiveEvent, job: Job): void {
  if (event.event_type === "stage_completed") listFiles(job.sessionId, job.id, String(event.stage));
  // Only the database knows the result, and what follows from a failure.
  if (/^(pipeline_|stage_failed|plan_revised|consent_withdrawn)/.test(event.event_type)) loadSoon(job.id);
  if (event.event_type.startsWith("pipeline_")) void refreshFiles(job.sessionId);
}

/** Load again a moment later: the controller reads an event shortly after this page. */
function loadSoon(jobId: string): void {
  void load(jobId).catch(() => undefined);
  setTimeout(() => void load(jobId).catch(() => undefined), 700);
}

/** After a subscription, load the jobs that changed while the connection was lost. */
export function reloadChanged(summaries: JobSummary[]): void {
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

let listing: ReturnType<typeof setTimeout> | undefined;

/** List the files of a finished step, which exist once the controller has read its event. */
function listFiles(sessionId: string, jobId: string, stage: string, tries = 4): void {
  clearTimeout(listing);
  listing = setTimeout(async () => {
    await refreshFiles(sessionId).catch(() => undefined);
    const listed = jobs.get().files.some((file) => file.filename.startsWith(`${jobId}-${stage}`));
    if (!listed && tries > 1 && stage !== "assemble") listFiles(sessionId, jobId, stage, tries - 1);
  }, 400);
}

function keep(job: Job): void {
  jobs.set(({ known }) => ({ known: { ...known, [job.id]: job } }));
}

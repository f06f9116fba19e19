import { Problem, get, patch, remove } from "../api/client";
import type { LibraryJob, LibraryJobs } from "../api/types";
import { jobs, load as loadJob } from "../job/store";
import { createStore } from "../lib/store";
import { leaveIfEnded, refresh, session } from "../live/session";

const PAGE = 24;
const MOST = 200;

/** The jobs of the caller, newest first, also those of ended sessions, as far as they are loaded. */
export const library = createStore<{
  entries: LibraryJob[];
  /** The cursor of the next page; null on the last one. */
  next: string | null;
  /** Words in the titles of `entries`. */
  found: string;
  /** Words to search for. */
  q: string;
  loaded: boolean;
  trouble: string;
}>({ entries: [], next: null, found: "", q: "", loaded: false, trouble: "" });

/** The session that is listed in place of an owner's library, for a caller who has none. */
let only: string | null = null;
let running: Promise<void> | null = null;
let stale = false;

/** Load as much of the list again as is shown; calls meanwhile wait for the same, newest list. */
export function reload(): Promise<void> {
  stale = true;
  running ??= keepLoading().finally(() => (running = null));
  return running;
}

export function search(q: string): Promise<void> {
  if (q === library.get().q) return Promise.resolve();
  library.set({ q });
  return reload();
}

/** Append the next page; return the id of its first job. */
export async function more(): Promise<string | null> {
  const { next, found } = library.get();
  if (!next) return null;
  const page = await ask(found, next, PAGE);
  if (library.get().next !== next) return null; // the list was loaded again meanwhile
  library.set(({ entries }) => ({ entries: [...entries, ...page.jobs], next: page.next_cursor }));
  return page.jobs[0]?.job_id ?? null;
}

export async function rename(id: string, title: string): Promise<void> {
  const renamed = await patch<LibraryJob>(`/api/jobs/${id}`, { title });
  library.set(({ entries }) => ({ entries: entries.map((job) => (job.job_id === id ? renamed : job)) }));
  updateOtherPages(renamed);
}

/** Delete the files of a job, also if they are gone already. */
export async function deleteVideo(job: LibraryJob): Promise<void> {
  await remove(`/api/jobs/${job.job_id}`).catch((problem: unknown) => {
    if (!(problem instanceof Problem) || problem.code !== "JOB_NOT_FOUND") throw problem;
  });
  library.set(({ entries }) => ({ entries: entries.filter((one) => one.job_id !== job.job_id) }));
  updateOtherPages(job);
  if (!library.get().entries.length) await reload();
}

/** Let the other pages, and a list on its way, show a change. */
function updateOtherPages({ job_id, session_id }: LibraryJob): void {
  stale = running !== null;
  if (session_id === session.get().id) void refresh().catch(() => undefined);
  if (jobs.get().known[job_id]) void loadJob(job_id).catch(() => undefined);
}

async function keepLoading(): Promise<void> {
  while (stale) {
    stale = false;
    const { q, found, entries } = library.get();
    try {
      const all = await list(q, q === found ? Math.max(PAGE, entries.length) : PAGE);
      if (!stale) library.set({ ...all, found: q, loaded: true, trouble: "" });
    } catch (problem) {
      if (!stale) library.set({ trouble: (problem as Error).message });
    }
  }
}

/** List at least so many jobs, if there are as many. */
async function list(q: string, wanted: number): Promise<{ entries: LibraryJob[]; next: string | null }> {
  let page = await first(q, wanted);
  const entries = page.jobs;
  while (page.next_cursor && entries.length < wanted) {
    page = await ask(q, page.next_cursor, wanted - entries.length);
    entries.push(...page.jobs);
  }
  return { entries, next: page.next_cursor };
}

const NOTHING: LibraryJobs = { jobs: [], next_cursor: null };

/** Ask for the caller's library; a caller without anything in it gets the jobs of the session. */
async function first(q: string, wanted: number): Promise<LibraryJobs> {
  if (!q) only = null;
  try {
    const page = await ask(q, null, wanted);
    const { id, status } = session.get();
    if (q || page.jobs.length || !id || !status?.jobs.length) return page;
    only = id;
    return await ask(q, null, wanted);
  } catch (problem) {
    if (problem instanceof Problem && problem.code === "SESSION_REQUIRED") return { ...NOTHING, jobs: [] };
    if (!leaveIfEnded(problem)) throw problem;
    return first(q, wanted);
  }
}

function ask(q: string, cursor: string | null, limit: number): Promise<LibraryJobs> {
  const query = new URLSearchParams({ limit: String(Math.min(limit, MOST)) });
  if (cursor) query.set("cursor", cursor);
  if (q) query.set("q", q);
  if (only) query.set("session_id", only);
  return get<LibraryJobs>(`/api/jobs?${query}`);
}

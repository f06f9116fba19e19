import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Problem, get, post } from "../api/client";
import { login } from "../api/login";
import { queryClient } from "../api/queries";
import type { LibraryJob, LibraryJobs, LiveEvent } from "../api/types";

const MOST = 200;
const POLL_MS = 4_000;
const SHOW_MS = 150;
const OPEN = "open-jobs";

/** The open jobs of the caller, of all sessions: those being made first, then in the order of their turns. */
export function useOpenJobs() {
  const user = login.use((now) => now.user?.user_id ?? "");
  return useQuery({
    queryKey: [OPEN, user],
    queryFn: openJobs,
    placeholderData: keepPreviousData,
    // Places in the queue, and jobs of other sessions, change without events.
    refetchInterval: ({ state }) => (state.data?.length ? POLL_MS : false),
  });
}

/** Load the list again, after something that changes it. */
export function refreshOpenJobs(): void {
  void queryClient.invalidateQueries({ queryKey: [OPEN] });
}

/** Ask for the end of all open jobs, or of those that wait; return how many that are. */
export async function cancelAll(state?: "queued"): Promise<number> {
  const { jobs } = await post<{ jobs: string[] }>("/api/jobs/cancel", state ? { state } : {});
  refreshOpenJobs();
  return jobs.length;
}

const ENDS = /^(processing_started|pipeline_)/;
const moved = new Map<string, LiveEvent>();
let showing: ReturnType<typeof setTimeout> | undefined;

/** Show the progress that an event tells, with others that come soon after it. */
export function followOpenJobs(event: LiveEvent): void {
  if (!event.job_id || !queryClient.getQueryCache().findAll({ queryKey: [OPEN] }).length) return;
  if (ENDS.test(event.event_type)) return refreshOpenJobs();
  moved.set(event.job_id, event);
  showing ??= setTimeout(showMoved, SHOW_MS);
}

function showMoved(): void {
  showing = undefined;
  queryClient.setQueriesData<LibraryJob[]>({ queryKey: [OPEN] }, (jobs) => jobs?.map(advanced));
  moved.clear();
}

function advanced(job: LibraryJob): LibraryJob {
  const event = moved.get(job.job_id);
  if (!event) return job;
  const percent = Math.max(job.percent, event.progress_percent);
  return { ...job, state: "running", queue_position: null, percent, eta_seconds: event.eta_seconds ?? job.eta_seconds };
}

async function openJobs(): Promise<LibraryJob[]> {
  const found: LibraryJob[] = [];
  try {
    for (let cursor: string | null = ""; cursor !== null;) {
      const page: LibraryJobs = await get(
        `/api/jobs?state=open&limit=${MOST}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      found.push(...page.jobs);
      cursor = page.next_cursor;
    }
  } catch (problem) {
    // A browser that has made nothing yet has no jobs.
    if (!(problem instanceof Problem) || problem.code !== "SESSION_REQUIRED") throw problem;
  }
  return found.sort(byTurn);
}

/** Running jobs first; waiting ones by their places; the older first. */
function byTurn(one: LibraryJob, other: LibraryJob): number {
  const place = (job: LibraryJob) => job.queue_position ?? (job.state === "running" ? 0 : 0.5);
  return place(one) - place(other) || Date.parse(one.created_at) - Date.parse(other.created_at);
}

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Problem, get } from "../api/client";
import { login } from "../api/login";
import { queryClient } from "../api/queries";
import type { LibraryJob, LibraryJobs } from "../api/types";

const MOST = 200;
const POLL_MS = 4_000;
const OPEN = "open-jobs";

/** The open jobs of the caller, of all sessions: those being made first, then in the order of their starts. */
export function useOpenJobs() {
  const user = login.use((now) => now.user?.user_id ?? "");
  return useQuery({
    queryKey: [OPEN, user],
    queryFn: openJobs,
    placeholderData: keepPreviousData,
    // Places in the queue change without events.
    refetchInterval: ({ state }) => (state.data?.length ? POLL_MS : false),
  });
}

/** Load the list again, after an event that changes it. */
export function refreshOpenJobs(): void {
  void queryClient.invalidateQueries({ queryKey: [OPEN] });
}

async function openJobs(): Promise<LibraryJob[]> {
  const [running, queued] = await Promise.all(["running", "queued"].map(inState));
  const inOrder = [...(queued ?? [])].sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  return [...(running ?? []).reverse(), ...inOrder];
}

async function inState(state: string): Promise<LibraryJob[]> {
  const found: LibraryJob[] = [];
  try {
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: LibraryJobs = await get(`/api/jobs?state=${state}&limit=${MOST}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      found.push(...page.jobs);
      cursor = page.next_cursor;
    }
  } catch (problem) {
    // A browser that has made nothing yet has no jobs.
    if (!(problem instanceof Problem) || problem.code !== "SESSION_REQUIRED") throw problem;
  }
  return found;
}

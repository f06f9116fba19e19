import { Problem, get, post, unlock } from "../api/client";
import type { SessionStatus } from "../api/types";
import { caughtUp, heard, jobs } from "../job/store";
import { recall, remember } from "../lib/memory";
import { randomId } from "../lib/random";
import { createStore } from "../lib/store";
import { hangUp, listen } from "./line";

/** The session of this browser: made with the first upload, found again by its id. */
export const room = createStore<{
  id: string | null;
  status: SessionStatus | null;
  ready: boolean;
  /** Why there is none although there was one. */
  lost: string;
}>({ id: null, status: null, ready: false, lost: "" });

/** Find the session of the last visit. */
export async function restore(): Promise<void> {
  const id = recall("session");
  if (id) {
    try {
      await enter(id);
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status === 0 || problem.status >= 500) throw problem;
      leave(OVER);
    }
  }
  room.set({ ready: true });
}

let opening: Promise<string> | null = null;

/** The session's id; opens one where there is none. Two uploads at once open one. */
export function ensure(): Promise<string> {
  const { id } = room.get();
  if (id) return Promise.resolve(id);
  opening ??= open().finally(() => (opening = null));
  return opening;
}

async function open(): Promise<string> {
  const created = await post<{ session_id: string }>("/session/create", { user_id: whoami() });
  remember("session", created.session_id);
  await enter(created.session_id);
  return created.session_id;
}

async function enter(id: string): Promise<void> {
  unlock(id);
  const status = await get<SessionStatus>(`/session/${id}/status`);
  if (status.state === "ended" && status.jobs.length === 0) {
    throw new Problem("The session has ended.", "SESSION_EXPIRED", 410);
  }
  room.set({ id, status, lost: "" });
  listen(id, {
    event(event) {
      heard(event);
      if (event.event_type === "upload_success" || event.job_id) refreshSoon(event.event_type);
    },
    joined: caughtUp,
  });
}

/** Look at the session again. */
export async function refresh(): Promise<void> {
  const { id } = room.get();
  if (id) room.set({ status: await get<SessionStatus>(`/session/${id}/status`) });
}

const TELLING = /^(upload_success|processing_started|pipeline_)/;
let soon: ReturnType<typeof setTimeout> | undefined;

function refreshSoon(kind: string): void {
  if (!TELLING.test(kind)) return;
  clearTimeout(soon);
  soon = setTimeout(() => void refresh().catch(() => undefined), 150);
}

const OVER = "Your last session has ended, and its files with it. A new one begins with your next upload.";

/** Whether a refusal means that the session is over; then it is left. */
export function leaveIfOver(problem: unknown): boolean {
  const over = problem instanceof Problem && /^SESSION_(EXPIRED|NOT_FOUND)$/.test(problem.code);
  if (over) leave(OVER);
  return over;
}

export function leave(why = ""): void {
  hangUp();
  unlock("");
  remember("session", null);
  jobs.set({ known: {}, files: [] });
  room.set({ id: null, status: null, lost: why });
}

function whoami(): string {
  const known = recall("who") ?? `studio-${randomId(6)}`;
  remember("who", known);
  return known;
}

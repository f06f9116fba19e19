import { Problem, get, post, setSession } from "../api/client";
import { bearer, login } from "../api/login";
import type { SessionStatus } from "../api/types";
import { jobs, receive, reloadChanged } from "../job/store";
import { readStored, writeStored } from "../lib/memory";
import { randomId } from "../lib/random";
import { createStore } from "../lib/store";
import { followOpenJobs } from "../queue/queue";
import { jobOf } from "../lib/paths";
import { disconnect, listen } from "./connection";
import { announce } from "./notices";
import { t } from "../i18n";

/** The session of this browser: created with the first upload, and restored by its id. */
export const session = createStore<{
  id: string | null;
  status: SessionStatus | null;
  /** Whether there is no earlier session to wait for. */
  ready: boolean;
  /** Why the last session is gone. */
  lost: string;
}>({ id: null, status: null, ready: !readStored("session"), lost: "" });

let restoring: Promise<void> | null = null;

/** Restore the session of the last visit, once: its connection outlives every page. */
export function restore(): Promise<void> {
  if (session.get().ready) return Promise.resolve();
  restoring ??= restoreStored().finally(() => (restoring = null));
  return restoring;
}

async function restoreStored(): Promise<void> {
  const id = readStored("session");
  if (id) {
    try {
      await enter(id);
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status === 0 || problem.status >= 500) throw problem;
      leave(ENDED);
    }
  }
  session.set({ ready: true });
}

let opening: Promise<string> | null = null;

/** Return the session's id; create a session if there is none, and only one for two uploads. */
export function ensureSession(): Promise<string> {
  const { id } = session.get();
  if (id) return Promise.resolve(id);
  opening ??= open().finally(() => (opening = null));
  return opening;
}

async function open(): Promise<string> {
  await bearer(); // so that the user is known
  const created = await post<{ session_id: string }>("/session/create", { user_id: userId() });
  writeStored("session", created.session_id);
  await enter(created.session_id);
  return created.session_id;
}

async function enter(id: string): Promise<void> {
  setSession(id);
  const status = await get<SessionStatus>(`/session/${id}/status`);
  if (status.state === "ended" && status.jobs.length === 0) {
    throw new Problem(t("The session has ended."), "SESSION_EXPIRED", 410);
  }
  session.set({ id, status, lost: "" });
  listen(id, {
    event(event) {
      receive(event);
      followOpenJobs(event);
      announce(event, jobOf(location.pathname));
      if (event.event_type.startsWith("upload_") || event.job_id) refreshSoon(event.event_type);
    },
    subscribed: reloadChanged,
  });
}

/** Load the status of the session. */
export async function refresh(): Promise<void> {
  const { id } = session.get();
  if (id) session.set({ status: await get<SessionStatus>(`/session/${id}/status`) });
}

const CHANGES_STATUS = /^(upload_|processing_started|pipeline_)/;
let soon: ReturnType<typeof setTimeout> | undefined;

function refreshSoon(kind: string): void {
  if (!CHANGES_STATUS.test(kind)) return;
  clearTimeout(soon);
  soon = setTimeout(() => void refresh().catch(() => undefined), 150);
}

const ENDED = t(
  "Your last session has ended. A new one begins with your next upload. Finished videos stay under “Videos” until they expire.",
);

/** Leave the session if an error says that it has ended; return whether it did. */
export function leaveIfEnded(problem: unknown): boolean {
  const hasEnded = problem instanceof Problem && /^SESSION_(EXPIRED|NOT_FOUND)$/.test(problem.code);
  if (hasEnded) leave(ENDED);
  return hasEnded;
}

export function leave(why = ""): void {
  disconnect();
  setSession("");
  writeStored("session", null);
  jobs.set({ known: {}, files: [] });
  session.set({ id: null, status: null, lost: why });
}

function userId(): string {
  const { user } = login.get();
  if (user) return user.user_id;
  const known = readStored("who") ?? `studio-${randomId(6)}`;
  writeStored("who", known);
  return known;
}

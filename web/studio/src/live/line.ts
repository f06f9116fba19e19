import { io, type Socket } from "socket.io-client";
import type { JobSummary, LiveEvent } from "../api/types";
import { createStore } from "../lib/store";
import { isAfter, moment } from "./order";

export type LineState = "closed" | "connecting" | "live" | "lost";

/** How the connection is, for everybody to see. */
export const line = createStore<{ state: LineState; since: number; ahead: number }>({
  state: "closed",
  since: Date.now(),
  ahead: 0,
});

interface Acknowledged {
  ok: boolean;
  user_message?: string;
  snapshot?: { jobs: JobSummary[]; last_event_id: string };
}

interface Listeners {
  event: (event: LiveEvent) => void;
  /** After each joining: what the session looks like now; `missed` events follow it. */
  joined: (jobs: JobSummary[]) => void;
}

let socket: Socket | null = null;

/** What the server's clock shows now; its events are ahead of or behind the browser's clock. */
export function serverNow(): number {
  return Date.now() - line.get().ahead;
}

/** Hear a session from now on; the last id that was heard is where a lost connection goes on. */
export function listen(sessionId: string, listeners: Listeners): void {
  hangUp();
  let last: string | null = null;
  let behind = Number.POSITIVE_INFINITY;
  const mine = io({ transports: ["websocket"], reconnectionDelay: 250, reconnectionDelayMax: 3000 });
  socket = mine;
  state("connecting");
  mine.on("connect", () => {
    const wish = { session_id: sessionId, ...(last ? { last_event_id: last } : {}) };
    mine.emit("subscribe_progress", wish, (said: Acknowledged) => {
      state(said.ok ? "live" : "lost");
      last ??= said.snapshot?.last_event_id ?? null;
      if (said.ok) listeners.joined(said.snapshot?.jobs ?? []);
    });
  });
  mine.onAny((_name: string, event: LiveEvent) => {
    if (!event.event_id || !isAfter(event.event_id, last)) return;
    last = event.event_id;
    const late = Date.now() - moment(last);
    if (late < behind) line.set({ ahead: (behind = late) });
    listeners.event(event);
  });
  mine.on("disconnect", () => mine === socket && state("lost"));
  mine.on("connect_error", () => mine === socket && state("lost"));
}

export function hangUp(): void {
  const former = socket;
  socket = null;
  former?.removeAllListeners();
  former?.disconnect();
  state("closed");
}

function state(now: LineState): void {
  if (line.get().state !== now) line.set({ state: now, since: Date.now() });
}

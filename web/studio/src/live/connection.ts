import type { Socket, io as connectTo } from "socket.io-client";
import { bearer } from "../api/login";
import type { JobSummary, LiveEvent } from "../api/types";
import { createStore } from "../lib/store";
import { isAfter, eventTime } from "./order";

const REFUSED_MS = 5000;

export type ConnectionState = "closed" | "connecting" | "live" | "lost";

/** The state of the connection to the server. */
export const connection = createStore<{ state: ConnectionState; since: number; ahead: number }>({
  state: "closed",
  since: Date.now(),
  ahead: 0,
});

interface SubscriptionAnswer {
  ok: boolean;
  user_message?: string;
  snapshot?: { jobs: JobSummary[]; last_event_id: string };
}

interface Listeners {
  event: (event: LiveEvent) => void;
  /** After each subscription: the jobs of the session; missed events follow. */
  subscribed: (jobs: JobSummary[]) => void;
}

let socket: Socket | null = null;

/** Further sessions of the same owner, such as that of a project, with the last event of each. */
const followed = new Map<string, { last: string | null; event: (event: LiveEvent) => void }>();

/** Receive the events of another session over the same socket; the function that is returned ends it. */
export function follow(sessionId: string, event: (event: LiveEvent) => void): () => void {
  followed.set(sessionId, { last: null, event });
  subscribeTo(sessionId);
  return () => {
    followed.delete(sessionId);
    socket?.emit("unsubscribe_progress", { session_id: sessionId });
  };
}

function subscribeTo(sessionId: string): void {
  const one = followed.get(sessionId);
  if (!one || !socket?.connected) return;
  const request = { session_id: sessionId, ...(one.last && { last_event_id: one.last }) };
  socket.emit("subscribe_progress", request, ({ snapshot }: SubscriptionAnswer) => {
    one.last ??= snapshot?.last_event_id ?? null;
  });
}

/** Return whether an event is of another session than that of the page; its follower has it then. */
function isFollowed(event: LiveEvent): boolean {
  const one = followed.get(event.session_id);
  if (!one) return false;
  if (isAfter(event.event_id, one.last)) {
    one.last = event.event_id;
    one.event(event);
  }
  return true;
}

/** Return the time of the server, whose clock may differ from that of the browser. */
export function serverNow(): number {
  return Date.now() - connection.get().ahead;
}

/** What a listener is for: another one, or none, may be asked for while the client is loaded. */
let wanted = 0;

/** Receive the events of a session; a lost connection continues after the last event. */
export function listen(sessionId: string, listeners: Listeners): void {
  disconnect();
  const mine = wanted;
  state("connecting");
  // Loaded when there is a session: a first visit has none, and does not wait for the client.
  const open = () =>
    import("socket.io-client").then(
      ({ io }) => mine === wanted && connect(io, sessionId, listeners),
      () => {
        if (mine !== wanted) return;
        state("lost");
        setTimeout(() => mine === wanted && void open(), REFUSED_MS);
      },
    );
  void open();
}

function connect(io: typeof connectTo, sessionId: string, listeners: Listeners): void {
  let last: string | null = null;
  let behind = Number.POSITIVE_INFINITY;
  const auth = (give: (sent: object) => void) =>
    void bearer().then(
      (token) => give(token ? { token } : {}),
      () => give({}),
    );
  const current = io({ transports: ["websocket"], reconnectionDelay: 250, reconnectionDelayMax: 3000, auth });
  socket = current;
  current.on("connect", () => {
    const request = { session_id: sessionId, ...(last ? { last_event_id: last } : {}) };
    current.emit("subscribe_progress", request, (answer: SubscriptionAnswer) => {
      state(answer.ok ? "live" : "lost");
      last ??= answer.snapshot?.last_event_id ?? null;
      if (answer.ok) listeners.subscribed(answer.snapshot?.jobs ?? []);
    });
    for (const other of followed.keys()) subscribeTo(other);
  });
  current.onAny((_name: string, event: LiveEvent) => {
    if (!event.event_id || isFollowed(event) || !isAfter(event.event_id, last)) return;
    last = event.event_id;
    const late = Date.now() - eventTime(last);
    if (late < behind) connection.set({ ahead: (behind = late) });
    listeners.event(event);
  });
  const lost = () => {
    if (current !== socket) return;
    state("lost");
    // Socket.IO does not try again by itself after the server has refused or ended a connection.
    if (!current.active) setTimeout(() => current === socket && current.connect(), REFUSED_MS);
  };
  current.on("disconnect", lost);
  current.on("connect_error", lost);
}

export function disconnect(): void {
  const former = socket;
  wanted += 1;
  socket = null;
  former?.removeAllListeners();
  former?.disconnect();
  state("closed");
}

function state(now: ConnectionState): void {
  if (connection.get().state !== now) connection.set({ state: now, since: Date.now() });
}

import { Problem, authorize, get } from "../api/client";
import type { ActiveSession, Operations, Quarantined, Worker } from "../api/types";
import { createStore } from "../lib/store";

/** Everything on the operators' page, asked for anew every few seconds. */
export interface Desk {
  operations: Operations | null;
  workers: Worker[];
  sessions: { active: number; most: number; list: ActiveSession[] };
  quarantine: Quarantined[];
  refused: boolean;
  trouble: string;
  hours: number;
}

export const desk = createStore<Desk>({
  operations: null,
  workers: [],
  sessions: { active: 0, most: 0, list: [] },
  quarantine: [],
  refused: false,
  trouble: "",
  hours: 6,
});

interface Sessions { active_sessions: number; max_sessions: number; sessions: ActiveSession[] }

export async function look(): Promise<void> {
  try {
    const [operations, { workers }, sessions, { files }] = await Promise.all([
      get<Operations>(`/operations?hours=${desk.get().hours}`),
      get<{ workers: Worker[] }>("/workers"),
      get<Sessions>("/sessions"),
      get<{ files: Quarantined[] }>("/quarantine"),
    ]);
    desk.set({
      operations,
      workers: workers.sort((a, b) => a.name.localeCompare(b.name)), // so that no row moves under a finger
      sessions: { active: sessions.active_sessions, most: sessions.max_sessions, list: sessions.sessions },
      quarantine: files,
      refused: false,
      trouble: "",
    });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    desk.set({ refused: problem.code === "OPERATORS_ONLY", trouble: problem.message });
  }
}

const TOKEN = "callsheet.operator";

/** Kept while the tab is open, and no longer. */
export function signIn(token: string): Promise<void> {
  sessionStorage.setItem(TOKEN, token);
  authorize(token);
  return look();
}

export function recallToken(): void {
  authorize(sessionStorage.getItem(TOKEN) ?? "");
}

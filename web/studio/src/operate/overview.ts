import { Problem, get, post } from "../api/client";
import type { ActiveSession, DeadLetter, ModeratedImage, Operations, Quarantined, VideoReport, Worker } from "../api/types";
import { createStore } from "../lib/store";

/** Everything on the page for operators, loaded every few seconds. */
export interface Overview {
  operations: Operations | null;
  workers: Worker[];
  sessions: { active: number; most: number; list: ActiveSession[] };
  quarantine: Quarantined[];
  reports: VideoReport[];
  moderation: ModeratedImage[];
  deadLetters: { list: DeadLetter[]; more: number | null };
  refused: boolean;
  /** Why this browser could not be signed in. */
  wrong: string;
  trouble: string;
  hours: number;
}

export const overview = createStore<Overview>({
  operations: null,
  workers: [],
  sessions: { active: 0, most: 0, list: [] },
  quarantine: [],
  reports: [],
  moderation: [],
  deadLetters: { list: [], more: null },
  refused: false,
  wrong: "",
  trouble: "",
  hours: 6,
});

interface LetterPage { dead_letters: DeadLetter[]; next_cursor: number | null }
interface Sessions { active_sessions: number; max_sessions: number; sessions: ActiveSession[] }

export async function refresh(): Promise<void> {
  try {
    const [operations, { workers }, sessions, { files }, { images }, letters, { reports }] = await Promise.all([
      get<Operations>(`/operations?hours=${overview.get().hours}`),
      get<{ workers: Worker[] }>("/workers"),
      get<Sessions>("/sessions"),
      get<{ files: Quarantined[] }>("/quarantine"),
      get<{ images: ModeratedImage[] }>("/moderation"),
      get<LetterPage>("/dead-letters"),
      get<{ reports: VideoReport[] }>("/api/reports?state=open"),
    ]);
    overview.set({
      operations,
      workers: workers.sort((a, b) => a.name.localeCompare(b.name)), // so that rows keep their places
      sessions: { active: sessions.active_sessions, most: sessions.max_sessions, list: sessions.sessions },
      quarantine: files,
      reports,
      moderation: images,
      deadLetters: { list: letters.dead_letters.filter((one) => one.state !== "resolved"), more: letters.next_cursor },
      refused: false,
      wrong: "",
      trouble: "",
    });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    overview.set({ refused: problem.code === "OPERATORS_ONLY", trouble: problem.message });
  }
}

/** Exchange the token for a cookie that no script can read. */
export async function signIn(token: string): Promise<void> {
  if (await authenticate({ token })) await refresh();
}

export async function signOut(): Promise<void> {
  await post("/operate/sign-out", {});
  overview.set({ operations: null, workers: [], quarantine: [], reports: [], deadLetters: { list: [], more: null }, refused: true, trouble: "" });
}

/** Load the page for the first time, after signing in with a link if there is one. */
export async function open(): Promise<void> {
  const code = takeLink();
  if (code && !(await authenticate({ link: code }))) return;
  await refresh();
}

/** Return the code in the URL and remove it: it works once, and must not stay in the history. */
function takeLink(): string {
  const code = /^#link=([\w-]+)$/.exec(location.hash)?.[1] ?? "";
  if (code) history.replaceState(null, "", location.pathname);
  return code;
}

async function authenticate(credential: { token: string } | { link: string }): Promise<boolean> {
  try {
    await post("/operate/sign-in", credential);
    return true;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    overview.set({ refused: true, wrong: problem.message });
    return false;
  }
}

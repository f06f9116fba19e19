import { Problem, get, post } from "../api/client";
import type {
  ActiveSession,
  DeadLetter,
  ModeratedImage,
  Operations,
  OperateOverview,
  Quarantined,
  VideoReport,
  Worker,
} from "../api/types";
import { createStore } from "../lib/store";

/** Everything on the page for operators, loaded every few seconds with one request. */
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

/** Load the page's contents. */
export async function refresh(): Promise<void> {
  try {
    const found = await get<OperateOverview>(`/operate/overview?hours=${overview.get().hours}`);
    const { operations, workers, sessions, quarantine, reports, moderation, dead_letters: letters } = found;
    overview.set({
      operations,
      workers: (workers as Worker[]).sort((a, b) => a.name.localeCompare(b.name)), // so that rows keep their places
      sessions: { active: sessions.active_sessions, most: sessions.max_sessions, list: sessions.sessions },
      quarantine,
      reports,
      moderation,
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
  overview.set({
    operations: null,
    workers: [],
    quarantine: [],
    reports: [],
    deadLetters: { list: [], more: null },
    refused: true,
    trouble: "",
  });
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

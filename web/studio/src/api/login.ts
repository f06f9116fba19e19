import { readStored, writeStored } from "../lib/memory";
import { randomId } from "../lib/random";
import { createStore } from "../lib/store";
import { Problem, read, send } from "./http";
import type { Account, LoggedIn } from "./types";
import { t } from "../i18n";

/** The user who is signed in; null as long as that is unknown. */
export const login = createStore<{ user: Account | null }>({ user: null });

/** Renew a token that has less than this left. */
const MARGIN_MS = 60_000;
const CONFLICTS = 6;
const FLAG = "signed-in";

/** In memory only. The refresh token is a cookie, which no script can read. */
let token = "";
let expires = 0;
let renewing: Promise<string> | null = null;
let generation = 0;
let whenEnded: () => void = () => undefined;

/** Call this when the sign-in has ended without this tab's doing. */
export function onEnded(listener: () => void): void {
  whenEnded = listener;
}

/** Whether this browser has signed in: only then is a new token asked for. */
export function hasSignedIn(): boolean {
  return readStored(FLAG) !== null;
}

/** Return an access token that is still valid; empty if nobody is signed in. */
export async function bearer(): Promise<string> {
  if (!token && !hasSignedIn()) return "";
  if (token && Date.now() < expires - MARGIN_MS) return token;
  return renew(token);
}

/** Return the token for requests of this page. The page for operators needs the role: otherwise a user's token would
 * hide the operator's cookie. */
export async function credential(): Promise<string> {
  const found = await bearer();
  return location.pathname.startsWith("/operate") && login.get().user?.role === "user" ? "" : found;
}

/** Replace a token; all requests that need it wait for the same answer. */
export function renew(stale: string): Promise<string> {
  if (token !== stale) return Promise.resolve(token);
  if (renewing) return renewing;
  const mine = refresh(generation).finally(() => {
    if (renewing === mine) renewing = null;
  });
  renewing = mine;
  return mine;
}

/** Begin with the tokens of a login of this tab. */
export function beginLogin(answer: LoggedIn): void {
  writeStored(FLAG, randomId(8)); // a new value, so that other tabs notice a change of user
  keep(answer);
}

/** Begin with the cookie that a sign-in with an identity provider has left. */
export async function continueProviderSignIn(): Promise<void> {
  writeStored(FLAG, randomId(8));
  await renew(token);
}

/** Forget who is signed in, in this tab and the others. */
export function forget(): void {
  writeStored(FLAG, null);
  clear();
}

/** Wait for a renewal in progress, whose answer would set the cookie again. */
export async function renewalEnded(): Promise<void> {
  await renewing?.catch(() => undefined);
}

addEventListener("storage", ({ key, newValue }) => {
  if (key !== `callsheet.${FLAG}`) return;
  const wasSignedIn = login.get().user !== null;
  clear();
  if (newValue === null) {
    if (wasSignedIn) whenEnded();
  } else {
    void bearer().catch(() => undefined);
  }
});

function clear(): void {
  generation += 1;
  renewing = null;
  token = "";
  login.set({ user: null });
}

function keep(answer: LoggedIn): string {
  generation += 1;
  token = answer.access_token;
  expires = Date.now() + answer.expires_in * 1000;
  login.set({ user: answer.user });
  return token;
}

/** Ask for a new token; when two tabs do so at once, one has to ask again with the newer cookie. */
async function refresh(asked: number): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    // `keepalive`: a reload in the middle must not lose the new cookie.
    const answer = await send("/api/auth/refresh", { method: "POST", keepalive: true });
    if (asked !== generation) return token; // signed in or out meanwhile
    if (answer.ok) {
      const tokens = (await answer.json()) as LoggedIn;
      return asked === generation ? keep(tokens) : token;
    }
    const problem = await read(answer);
    if (asked !== generation) return token;
    if (problem.code === "REFRESH_CONFLICT" && attempt < CONFLICTS) {
      await new Promise((resume) => setTimeout(resume, attempt * (100 + 200 * Math.random())));
      continue;
    }
    if (![401, 403, 404].includes(problem.status)) {
      if (token && Date.now() < expires) return token;
      throw problem;
    }
    forget();
    if (problem.code === "ACCOUNTS_OFF") return "";
    whenEnded();
    throw new Problem(t("You have been signed out. Sign in again."), "LOGIN_REQUIRED", 401);
  }
}

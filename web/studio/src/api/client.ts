import { Problem, read, send as request } from "./http";
import { credential, renew } from "./login";
import { transfer } from "./transfer";

export { Problem };

const TRIES = 4;

let sessionId = "";

/** Send this session id, the key to its jobs, with every request; empty: none. */
export function setSession(id: string): void {
  sessionId = id;
}

/** The header with the key to the jobs of this session, if there is one. */
function sessionHeaders(): Record<string, string> {
  return sessionId ? { "X-Session-ID": sessionId } : {};
}

const JSON_BODY = { "Content-Type": "application/json" };

export const get = <T>(path: string): Promise<T> => ask<T>("GET", path);

export function remove(path: string, json?: unknown): Promise<void> {
  return json === undefined ? ask("DELETE", path) : ask("DELETE", path, JSON.stringify(json), JSON_BODY);
}

export function post<T>(path: string, json: unknown, headers: Record<string, string> = {}): Promise<T> {
  return ask<T>("POST", path, JSON.stringify(json), { ...JSON_BODY, ...headers });
}

/** Send a change by another method. */
export function send<T>(method: "PUT", path: string, json: unknown, headers: Record<string, string> = {}): Promise<T> {
  return ask<T>(method, path, JSON.stringify(json), { ...JSON_BODY, ...headers });
}

export function patch<T>(path: string, json: unknown): Promise<T> {
  return ask<T>("PATCH", path, JSON.stringify(json), JSON_BODY);
}

export interface Watched {
  onProgress: (sent: number) => void;
  signal: AbortSignal;
}

/** Send a file in a form; with `watched`, its progress is reported and it can be stopped. */
export async function upload<T>(
  path: string,
  fields: Record<string, string>,
  file: File,
  watched?: Watched,
): Promise<T> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file, file.name);
  if (!watched) return ask<T>("POST", path, form);
  const answer = await transfer({ method: "POST", path, body: form, headers: await signed(), ...watched });
  return parse<T>(await answer.text());
}

/** Return the headers with which this page proves who asks. */
export async function signed(): Promise<Record<string, string>> {
  const token = await credential();
  return { ...sessionHeaders(), ...(token && { Authorization: `Bearer ${token}` }) };
}

async function ask<T>(
  method: string,
  path: string,
  body: BodyInit | null = null,
  headers: Record<string, string> = {},
): Promise<T> {
  headers = { ...headers, ...sessionHeaders() };
  let renewed = false;
  for (let attempt = 1; ; attempt++) {
    const token = await credential();
    const signed = token ? { ...headers, Authorization: `Bearer ${token}` } : headers;
    const answer = await request(path, { method, body, headers: signed });
    if (answer.ok) return parse<T>(await answer.text());
    const problem = await read(answer);
    // A token that ended early, refused before anything was done: once more with a new one.
    if (token && !renewed && /^TOKEN_(INVALID|EXPIRED)$/.test(problem.code)) {
      renewed = true;
      await renew(token);
      continue;
    }
    // Repeating a GET does no harm; a busy server says for how long to wait.
    const pause = Number(answer.headers.get("Retry-After"));
    if (method !== "GET" || problem.status !== 429 || attempt === TRIES) throw problem;
    await new Promise((resume) => setTimeout(resume, Math.min(pause || 1, 15) * 1000));
  }
}

/** Parse a body; some answers have none. */
function parse<T>(text: string): T {
  return (text ? JSON.parse(text) : undefined) as T;
}

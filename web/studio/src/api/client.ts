import type { Reason } from "./types";

const TRIES = 4;

/** An error response, with the message of the server for the user. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly reasons: Reason[] = [],
  ) {
    super(message);
  }

  get offline(): boolean {
    return this.status === 0;
  }
}

let sessionId = "";

/** Send this session id, the key to its jobs, with every request; empty: none. */
export function setSession(id: string): void {
  sessionId = id;
}

export const get = <T>(path: string): Promise<T> => ask<T>("GET", path);
export const remove = (path: string): Promise<void> => ask<void>("DELETE", path);

export function post<T>(path: string, json: unknown, headers: Record<string, string> = {}): Promise<T> {
  const body = JSON.stringify(json);
  return ask<T>("POST", path, body, { "Content-Type": "application/json", ...headers });
}

export function upload<T>(path: string, fields: Record<string, string>, file: File): Promise<T> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file, file.name);
  return ask<T>("POST", path, form);
}

async function ask<T>(
  method: string,
  path: string,
  body: BodyInit | null = null,
  headers: Record<string, string> = {},
): Promise<T> {
  if (sessionId) headers = { ...headers, "X-Session-ID": sessionId };
  for (let attempt = 1; ; attempt++) {
    const answer = await send(path, { method, body, headers });
    if (answer.ok) return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
    const problem = await read(answer);
    // Repeating a GET does no harm; a busy server says for how long to wait.
    const pause = Number(answer.headers.get("Retry-After"));
    if (method !== "GET" || problem.status !== 429 || attempt === TRIES) throw problem;
    await new Promise((resume) => setTimeout(resume, Math.min(pause || 1, 15) * 1000));
  }
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch {
    throw new Problem("The server does not answer. Check your connection.", "OFFLINE", 0);
  }
}

async function read(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  const message = String(body["user_message"] ?? `The server answered ${answer.status}.`);
  const reasons = Array.isArray(body["errors"]) ? (body["errors"] as Reason[]) : [];
  return new Problem(message, String(body["error_code"] ?? "UNKNOWN"), answer.status, reasons);
}

import { signed } from "./client";
import { Problem, read, send } from "./http";
import { transfer } from "./transfer";

/** One request carries so much: a cut connection costs less, a slow one no more requests. */
const PIECE = 4 * 1024 * 1024;
const VERSION = { "Tus-Resumable": "1.0.0" };
const TRIES = 8;
const LONGEST_PAUSE_MS = 10_000;
/** The server has another offset, or still writes the last piece. */
const ELSEWHERE = new Set([409, 423]);

export interface Progress {
  /** Of the file, 0 to 1. */
  sent: number;
  /** Whether the connection is lost, so that it waits. */
  waits: boolean;
}

/** Send a file in pieces (tus 1.0), going on where a cut connection has left it; return its upload id. */
export async function sendInPieces(
  fields: Record<string, string>,
  file: File,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<string> {
  const path = await create(fields, file);
  let offset = 0;
  let failures = 0;
  try {
    for (;;) {
      let answer: Response;
      try {
        const begin = offset;
        answer = await append(
          path,
          file,
          begin,
          (sent) => onProgress({ sent: (begin + sent) / file.size, waits: false }),
          signal,
        );
      } catch (problem) {
        if (!isPassing(problem) || ++failures > TRIES) throw problem;
        onProgress({ sent: offset / file.size, waits: true });
        await pause(failures, signal);
        const found = await state(path);
        if (!found) continue;
        answer = found;
      }
      const arrived = Number(answer.headers.get("Upload-Offset"));
      if (arrived > offset) failures = 0;
      offset = arrived;
      onProgress({ sent: offset / file.size, waits: false });
      const id = answer.headers.get("Upload-Id");
      if (id) return id;
    }
  } catch (problem) {
    // What is left of it on the server is of no use to anyone.
    if (signal.aborted)
      void signed()
        .then((headers) => send(path, { method: "DELETE", headers: { ...headers, ...VERSION } }))
        .catch(() => undefined);
    throw problem;
  }
}

async function create(fields: Record<string, string>, file: File): Promise<string> {
  const metadata = Object.entries({ ...fields, filename: file.name })
    .filter(([, value]) => value)
    .map(([name, value]) => `${name} ${base64(value)}`)
    .join(",");
  const headers = { ...(await signed()), ...VERSION, "Upload-Length": String(file.size), "Upload-Metadata": metadata };
  const answer = await send("/uploads", { method: "POST", headers });
  if (!answer.ok) throw await read(answer);
  return answer.headers.get("Location") ?? "";
}

async function append(
  path: string,
  file: File,
  offset: number,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<Response> {
  const headers = {
    ...(await signed()),
    ...VERSION,
    "Content-Type": "application/offset+octet-stream",
    "Upload-Offset": String(offset),
  };
  return transfer({ method: "PATCH", path, body: file.slice(offset, offset + PIECE), headers, onProgress, signal });
}

/** Ask how much has arrived; null as long as the server does not answer. */
async function state(path: string): Promise<Response | null> {
  try {
    const answer = await send(path, { method: "HEAD", headers: { ...(await signed()), ...VERSION } });
    if (answer.ok) return answer;
    throw await read(answer);
  } catch (problem) {
    if (isPassing(problem)) return null;
    throw problem;
  }
}

function isPassing(problem: unknown): boolean {
  return (
    problem instanceof Problem &&
    (problem.offline || problem.status === 429 || problem.status >= 502 || ELSEWHERE.has(problem.status))
  );
}

/** Wait a little longer each time, or until the browser is online again. */
function pause(failures: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, Math.min(LONGEST_PAUSE_MS, 250 * 2 ** failures));
    function end() {
      clearTimeout(timer);
      removeEventListener("online", end);
      if (signal.aborted) reject(new DOMException("Replaced by another file.", "AbortError"));
      else resolve();
    }
    addEventListener("online", end);
    signal.addEventListener("abort", end, { once: true });
  });
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

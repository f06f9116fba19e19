import type { Client } from "./client.js";
import { ApiError, ConnectionFailed } from "./errors.js";
import { usualName } from "./formats.js";
import type { RequestOptions } from "./generated.js";
import { backoff, sleep } from "./retries.js";

const PIECE = 1024 * 1024;
const VERSION = { "Tus-Resumable": "1.0.0" };
/** The server has another offset, or still writes the last piece. */
const ELSEWHERE = new Set([409, 423]);

export interface UploadOptions extends RequestOptions {
  /** The file's name, if it is not a `File`. */
  name?: string;
  /** Called with the bytes that have arrived and with all bytes. */
  onProgress?: (done: number, all: number) => void;
  /** Bytes of one request. */
  piece?: number;
}

/** Options for a recording, of which a part may be kept. */
export interface RecordingOptions extends UploadOptions {
  /** Keep it from this second on. */
  start?: number;
  /** Keep it up to this second. */
  end?: number;
}

/** Upload a file in pieces (tus 1.0) and return the id under which it was accepted. */
export async function sendFile(
  client: Client, sessionId: string, kind: "face" | "voice", file: Blob, options: RecordingOptions,
): Promise<string> {
  const { signal, onProgress, piece = PIECE } = options;
  const name = options.name ?? ("name" in file ? String(file.name) : await usualName(kind, file));
  const told = { session_id: sessionId, kind, filename: name, start: options.start, end: options.end };
  const metadata = Object.entries(told).filter(([, value]) => value !== undefined).map(([key, value]) => `${key} ${base64(String(value))}`).join(",");
  const created = await client.send("POST", "/uploads", {
    headers: { ...VERSION, "Upload-Length": String(file.size), "Upload-Metadata": metadata }, signal,
  });
  await created.arrayBuffer(); // browsers report a body that is not read as an aborted request
  const path = created.headers.get("Location") ?? "";
  let offset = 0;
  onProgress?.(0, file.size);
  for (let failures = 0; ; ) {
    let answer: Response;
    try {
      answer = await client.send("PATCH", path, {
        headers: {
          ...VERSION, "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset),
        },
        body: file.slice(offset, offset + piece),
        signal,
      });
    } catch (error) {
      const moved = error instanceof ApiError && ELSEWHERE.has(error.status);
      if (!(error instanceof ConnectionFailed || moved) || ++failures > client.retries) throw error;
      await sleep(backoff(failures), signal);
      answer = await client.send("HEAD", path, { headers: VERSION, signal });
    }
    await answer.arrayBuffer();
    const arrived = Number(answer.headers.get("Upload-Offset"));
    if (arrived > offset) failures = 0;
    offset = arrived;
    onProgress?.(offset, file.size);
    const id = answer.headers.get("Upload-Id");
    if (id) return id;
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

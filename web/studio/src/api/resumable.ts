import type { DetailedError } from "tus-js-client";
import { signed } from "./client";
import { Problem, offline, read } from "./http";

/** One request carries so much: a cut connection costs less, a slow one no more requests. */
const PIECE = 4 * 1024 * 1024;
/** Milliseconds before each new try; they begin again with each piece that arrives. */
const PAUSES = [500, 1_000, 2_000, 4_000, ...Array<number>(30).fill(8_000)];
/** The server has another offset, still writes the last piece, or is busy. */
const PASSING = new Set([409, 423, 429, 502, 503, 504]);

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
  const { Upload } = await import("tus-js-client");
  const named = Object.entries({ ...fields, filename: file.name }).filter(([, value]) => value);
  return new Promise((resolve, reject) => {
    let [sent, id] = [0, ""];
    const report = (waits: boolean) => signal.aborted || onProgress({ sent, waits });
    const upload = new Upload(file, {
      endpoint: "/uploads",
      metadata: Object.fromEntries(named),
      chunkSize: PIECE,
      retryDelays: PAUSES,
      storeFingerprintForResuming: false, // the page that knows the file is gone after a reload
      onBeforeRequest: async (request) => {
        for (const [name, value] of Object.entries(await signed())) request.setHeader(name, value);
      },
      onAfterResponse: (_, answer) => {
        id = answer.getHeader("Upload-Id") ?? id;
      },
      onUploadUrlAvailable: () => {
        upload.options.endpoint = null; // an upload that the server has lost is an error, not begun again unseen
      },
      onProgress: (bytes) => {
        sent = bytes / file.size;
        report(false);
      },
      onShouldRetry: (error) => {
        const passes = isPassing(error);
        if (passes) report(true);
        return passes;
      },
      onSuccess: () => resolve(id),
      onError: (error) => void problemOf(error).then(reject),
    });
    const abort = () => {
      void upload.abort(true).catch(() => undefined); // what is left of it on the server expires
      reject(new DOMException("Replaced by another file.", "AbortError"));
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    upload.start();
  });
}

function isPassing({ originalResponse: answer, causingError }: DetailedError): boolean {
  if (answer) return PASSING.has(answer.getStatus());
  return !(causingError instanceof Problem) || causingError.offline;
}

/** Say in the words of the server, or of the page, why a file did not arrive. */
async function problemOf(error: Error | DetailedError): Promise<Error> {
  if (!("originalRequest" in error)) return error;
  const { originalResponse: answer, causingError } = error;
  if (answer) return read(new Response(answer.getBody() || null, { status: answer.getStatus() }));
  return causingError instanceof Problem ? causingError : offline();
}

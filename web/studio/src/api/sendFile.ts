import { signed } from "./client";
import { offline, read, send } from "./http";
import { sendInPieces } from "./resumable";
import { transfer } from "./transfer";
import { t } from "../i18n";

/** Larger files go in pieces, so that a cut connection does not cost all of them. */
const LARGE = 4 * 1024 * 1024;

export interface Sent<T> {
  body: T;
  /** 201 for something new, 200 for what the server had already. */
  status: number;
}

/** Post a form with a file; `onProgress` gets the share that is sent, 0 to 1. */
export async function sendFile<T>(
  path: string,
  fields: Record<string, string>,
  file: File | null,
  onProgress: (share: number) => void = () => undefined,
  signal: AbortSignal = new AbortController().signal,
): Promise<Sent<T>> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file) form.append("file", file, file.name);
  const share = (sent: number) => onProgress(file?.size ? sent / file.size : 0);
  const answer = await stoppable(
    transfer({ method: "POST", path, body: form, headers: await signed(), onProgress: share, signal }),
  );
  return { body: (await answer.json()) as T, status: answer.status };
}

export const isLarge = (file: File): boolean => file.size > LARGE;

/** Send a large file to a session in pieces, then name it to a route that keeps it. */
export async function keepInPieces<T>(
  path: string,
  fields: { session_id: string; kind: string },
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Sent<T>> {
  const upload_id = await stoppable(sendInPieces(fields, file, ({ sent }) => onProgress(sent), signal));
  const headers = { ...(await signed()), "Content-Type": "application/json" };
  const answer = await send(path, { method: "POST", headers, body: JSON.stringify({ upload_id }) });
  if (!answer.ok) throw await read(answer);
  return { body: (await answer.json()) as T, status: answer.status };
}

/** Say in the words of the page that the user has stopped it. */
async function stoppable<T>(sending: Promise<T>): Promise<T> {
  try {
    return await sending;
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError")
      throw offline(t("The upload was cancelled."), "CANCELLED");
    throw problem;
  }
}

import { sessionHeaders } from "./client";
import { type Problem, offline, read } from "./http";
import { credential } from "./login";

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
  signal?: AbortSignal,
): Promise<Sent<T>> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file) form.append("file", file, file.name);
  const token = await credential();
  const answer = await post(path, form, { ...sessionHeaders(), ...(token && { Authorization: `Bearer ${token}` }) }, onProgress, signal);
  if (!answer.ok) throw await read(answer);
  return { body: (await answer.json()) as T, status: answer.status };
}

/** `fetch` cannot say how much of a body it has sent. */
function post(
  path: string,
  form: FormData,
  headers: Record<string, string>,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<Response> {
  return new Promise((resolve, reject: (problem: Problem) => void) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => resolve(new Response(request.responseText || null, { status: request.status }));
    request.onerror = () => reject(offline());
    request.onabort = () => reject(offline("The upload was cancelled.", "CANCELLED"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

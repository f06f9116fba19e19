import { Problem, read } from "./http";
import { t } from "../i18n";

export interface Sending {
  method: string;
  path: string;
  body: XMLHttpRequestBodyInit;
  headers: Record<string, string>;
  /** Called with the bytes that have left so far. */
  onProgress: (sent: number) => void;
  signal: AbortSignal;
}

/** Send a body and report its progress, which `fetch` cannot. */
export function transfer({ method, path, body, headers, onProgress, signal }: Sending): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    const end = (settle: () => void) => {
      signal.removeEventListener("abort", abort);
      settle();
    };
    request.open(method, path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () => end(() => void settled(answerOf(request)).then(resolve, reject));
    request.onerror = () =>
      end(() => reject(new Problem(t("The server does not answer. Check your connection."), "OFFLINE", 0)));
    request.onabort = () => end(() => reject(new DOMException("Replaced by another file.", "AbortError")));
    signal.addEventListener("abort", abort);
    if (signal.aborted) return abort();
    request.send(body);
  });
}

async function settled(answer: Response): Promise<Response> {
  if (!answer.ok) throw await read(answer);
  return answer;
}

function answerOf(request: XMLHttpRequest): Response {
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split(/\r?\n/)) {
    const [name, ...value] = line.split(": ");
    if (name) headers.append(name, value.join(": "));
  }
  const empty = request.status === 204;
  return new Response(empty ? null : request.responseText, { status: request.status, headers });
}

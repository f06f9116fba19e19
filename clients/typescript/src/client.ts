import { ApiError, ConnectionFailed } from "./errors.js";
import { type CallOptions, Operations, type RequestOptions } from "./generated.js";
import { backoff, isRepeatable, retryAfter, sleep, waitAfter } from "./retries.js";
import { Session } from "./session.js";

const PREFIX = "/v1";

export interface ClientOptions {
  /** The address of the server; a page of the server itself needs none. */
  baseUrl?: string;
  /** An API key. Never put one into a page that others see. */
  apiKey?: string;
  /** An access token, or the operator token. */
  token?: string;
  /** How often a request that failed is sent again. */
  retries?: number;
  /** The longest `Retry-After`, in seconds, that is waited for. */
  longestWait?: number;
  /** Another `fetch`, for tests. */
  fetch?: typeof fetch;
}

export interface Sent extends RequestOptions {
  headers?: Record<string, string>;
  body?: BodyInit;
}

/**
 * A server of Callsheet. Every operation of the API is a method; `openSession()` is the way to a video.
 */
export class Client extends Operations {
  readonly retries: number;
  private readonly base: string;
  private readonly longestWait: number;
  private readonly credentials: Record<string, string>;
  private readonly fetch: typeof fetch;

  constructor(private readonly options: ClientOptions = {}, sessionId?: string) {
    super();
    const own = typeof location === "undefined" ? "http://127.0.0.1:5000" : location.origin;
    this.base = (options.baseUrl ?? own).replace(/\/+$/, "");
    this.retries = options.retries ?? 4;
    this.longestWait = options.longestWait ?? 60;
    this.fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.credentials = {
      ...(options.apiKey && { "X-API-Key": options.apiKey }),
      ...(options.token && { Authorization: `Bearer ${options.token}` }),
      ...(sessionId && { "X-Session-ID": sessionId }),
    };
  }

  /** Open a session: a place for files and jobs. Its id is the key to them. */
  async openSession(userId = "client", options: RequestOptions = {}): Promise<Session> {
    return this.session((await this.createSession({ user_id: userId }, options)).session_id);
  }

  /** Return a session that was opened before. */
  session(sessionId: string): Session {
    return new Session(new Client(this.options, sessionId), sessionId);
  }

  /** Return the whole address of a link in an answer, such as a video's. */
  url(path: string): string {
    return /^https?:/.test(path) ? path : this.base + path;
  }

  protected async call<T>(
    method: string, path: string, options: CallOptions & RequestOptions,
  ): Promise<T> {
    const query = new URLSearchParams(given(options.query)).toString();
    const headers = given(options.headers);
    if (options.body !== undefined) headers["Content-Type"] = "application/json";
    const answer = await this.send(method, query ? `${path}?${query}` : path, {
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
    });
    if (options.binary) return (await answer.blob()) as T;
    const text = await answer.text();
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** Open a signed link, which needs no credentials, without retries; throws `ApiError` for a refusal. */
  async openLink(url: string, sent: Sent = {}): Promise<Response> {
    return accepted(await this.fetch(url, { headers: sent.headers, signal: sent.signal }));
  }

  /** Send any request of the API, with retries; throws `ApiError` for a refusal. */
  async send(method: string, path: string, sent: Sent = {}): Promise<Response> {
    const url = /^https?:/.test(path) ? path : this.base + PREFIX + path;
    const headers = new Headers({ ...this.credentials, ...sent.headers });
    for (let n = 0; ; n++) {
      let wait: number | undefined;
      try {
        const answer = await this.fetch(url, { method, headers, body: sent.body, signal: sent.signal });
        wait = n < this.retries ? waitAfter(answer, method, headers, n, this.longestWait) : undefined;
        if (wait === undefined) return await accepted(answer);
        await answer.body?.cancel();
      } catch (error) {
        if (error instanceof ApiError || sent.signal?.aborted) throw error;
        if (n >= this.retries || !isRepeatable(method, headers)) {
          throw new ConnectionFailed(`${this.base} does not answer.`, { cause: error });
        }
        wait = backoff(n);
      }
      await sleep(wait, sent.signal);
    }
  }
}

function given(values: Record<string, unknown> = {}): Record<string, string> {
  const known = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(known.map(([name, value]) => [name, String(value)]));
}

async function accepted(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new ApiError(answer.status, problem ?? {}, retryAfter(answer.headers));
}

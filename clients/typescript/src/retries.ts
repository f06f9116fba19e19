const IDEMPOTENT = new Set(["GET", "HEAD", "PUT", "DELETE"]);
const OF_GATEWAYS = new Set([502, 504]);
const FIRST_SECONDS = 0.25;
const MOST_SECONDS = 8;

/** Return the seconds of `Retry-After`, which may also be a date. */
export function retryAfter(headers: Headers): number | undefined {
  const text = headers.get("Retry-After");
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

/** Return a random delay that doubles with each failure. */
export function backoff(n: number): number {
  return Math.min(FIRST_SECONDS * 2 ** n, MOST_SECONDS) * (0.5 + Math.random() / 2);
}

/** Return whether a request may be sent again although it may have been received. */
export function isRepeatable(method: string, headers: Headers): boolean {
  return IDEMPOTENT.has(method) || headers.has("Idempotency-Key");
}

/** Return the seconds to wait before the next attempt; undefined if the answer is final. */
export function waitAfter(
  answer: Response, method: string, headers: Headers, n: number, longestWait: number,
): number | undefined {
  if (answer.ok) return undefined;
  const asked = retryAfter(answer.headers);
  if (asked !== undefined) return asked <= longestWait ? asked : undefined;
  return OF_GATEWAYS.has(answer.status) && isRepeatable(method, headers) ? backoff(n) : undefined;
}

/** Wait for some seconds, or until the signal aborts. */
export function sleep(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => { clearTimeout(timer); reject(signal?.reason); };
    const timer = setTimeout(() => { signal?.removeEventListener("abort", stop); resolve(); }, seconds * 1000);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

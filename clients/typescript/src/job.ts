import type { Client } from "./client.js";
import { ConnectionFailed, JobCancelled, JobFailed, WaitTimeout } from "./errors.js";
import type { Event, JobReport, JobWarning, RequestOptions } from "./generated.js";
import { ApiError } from "./errors.js";
import { backoff, sleep } from "./retries.js";
import { isNewer, readEvents } from "./events.js";
import { LiveLink } from "./live.js";

export interface WaitOptions extends RequestOptions {
  /** Seconds after which `WaitTimeout` is thrown. */
  timeout?: number;
  onEvent?: (event: Event) => void;
}

/** A job of a session. */
export class Job {
  /** `warnings` is what the server said about the request when it accepted it. */
  constructor(
    private readonly client: Client, readonly id: string, readonly warnings: JobWarning[] = [],
    private readonly live = new LiveLink(client, id),
  ) {}

  /** Get the job with its steps and results. */
  report(options: RequestOptions = {}): Promise<JobReport> {
    return this.client.getJob(this.id, options);
  }

  /** Cancel the job; `wait()` tells when it has ended. */
  cancel(options: RequestOptions = {}): Promise<JobReport> {
    return this.client.cancelJob(this.id, options);
  }

  /** Retry a failed or cancelled job from the step that failed. */
  retry(options: RequestOptions = {}): Promise<JobReport> {
    return this.client.retryJob(this.id, options);
  }

  /**
   * Yield the job's events to its end, from the first one or after the id of one. A cut connection is
   * opened again and continues after the last event; none is lost or repeated.
   */
  async *events(options: RequestOptions & { after?: string } = {}): AsyncGenerator<Event, void> {
    let last = options.after ?? "";
    for (let failures = 0; ; ) {
      let cause: unknown;
      try {
        const answer = await this.open(last, options.signal);
        if (answer.status === 204) {
          await answer.arrayBuffer();
          return;
        }
        for await (const event of readEvents(answer)) {
          if (!isNewer(event.event_id, last)) continue;
          last = event.event_id;
          failures = 0;
          yield event;
        }
      } catch (error) {
        if (error instanceof ApiError || options.signal?.aborted) throw error;
        cause = error;
      }
      failures += 1;
      if (failures > this.client.retries + 1) {
        throw new ConnectionFailed("The connection was cut again and again.", { cause });
      }
      // The first time it asks at once: was it the end?
      if (failures > 1) await sleep(backoff(failures), options.signal);
    }
  }

  private async open(last: string, signal?: AbortSignal): Promise<Response> {
    const headers = { Accept: "text/event-stream" };
    for (;;) {
      const live = await this.live.address(last, signal);
      if (live === undefined) break;
      try {
        const answer = await this.client.openLink(live, { headers, signal });
        this.live.answered();
        return answer;
      } catch (error) {
        if (signal?.aborted) throw error;
        this.live.failed(error);
      }
    }
    const own = { ...headers, ...(last && { "Last-Event-ID": last }) };
    return this.client.send("GET", `/process/${this.id}/events`, { headers: own, signal });
  }

  /**
   * Wait for the job's end and return its report. Throws `JobFailed` or `JobCancelled`, which contain
   * the report, or `WaitTimeout`.
   */
  async wait(options: WaitOptions = {}): Promise<JobReport> {
    const late = options.timeout === undefined ? [] : [AbortSignal.timeout(options.timeout * 1000)];
    const own = options.signal ? [options.signal] : [];
    try {
      for await (const event of this.events({ signal: AbortSignal.any([...own, ...late]) })) {
        options.onEvent?.(event);
      }
    } catch (error) {
      if (late[0]?.aborted && !options.signal?.aborted) {
        throw new WaitTimeout("The job has not ended in time.");
      }
      throw error;
    }
    const report = await this.report({ signal: options.signal });
    if (report.state === "failed") throw new JobFailed(report);
    if (report.state === "cancelled") throw new JobCancelled(report);
    return report;
  }

  /** Wait for the job's end and return the address of its video, for a `<video>`. */
  async videoUrl(options: WaitOptions = {}): Promise<string> {
    const report = await this.wait(options);
    return this.client.url(String(report.result?.final_output?.["url"]));
  }

  /** Wait for the job's end and return its video. */
  async download(options: WaitOptions = {}): Promise<Blob> {
    const answer = await this.client.send("GET", await this.videoUrl(options), { signal: options.signal });
    return answer.blob();
  }
}

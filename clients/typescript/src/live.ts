import type { Client } from "./client.js";
import { ApiError } from "./errors.js";

/**
 * A signed link to the events of a job at the process for crowds, if the server has one; none after that
 * process has not answered or refused.
 */
export class LiveLink {
  private isNew = false;

  /** `link` is what the server gave with the job; an unknown one is asked for. */
  constructor(
    private readonly client: Client, private readonly jobId: string,
    private link: string | undefined | "unknown" = "unknown",
  ) {}

  /** Return the address of the events after one; undefined if the API has to be asked. */
  async address(lastEventId: string, signal?: AbortSignal): Promise<string | undefined> {
    if (this.link === "unknown") {
      this.link = (await this.client.getJob(this.jobId, { signal })).links.live_events;
      this.isNew = true;
    }
    return this.link && this.client.url(this.link) + (lastEventId && `&last_event_id=${lastEventId}`);
  }

  /** Forget the link after a failure; one that may only be too old is replaced. */
  failed(error: unknown): void {
    const isOld = error instanceof ApiError && error.errorCode === "LINK_INVALID";
    this.link = isOld && !this.isNew ? "unknown" : undefined;
  }

  /** Trust the link again: its connection was opened. */
  answered(): void {
    this.isNew = false;
  }
}

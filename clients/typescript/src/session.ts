import type { Client } from "./client.js";
import type {
  EstimateJob, JobEstimate, RequestOptions, JobStarted, StartJobOptions, SessionStatus,
} from "./generated.js";
import { Job } from "./job.js";
import { LiveLink } from "./live.js";
import { type RecordingOptions, sendFile, type UploadOptions } from "./upload.js";

/** Files and jobs of one visitor. `id` is the key to them: keep it to come back. */
export class Session {
  constructor(readonly client: Client, readonly id: string) {}

  /** Upload a picture of a face; returns the upload's id. A cut connection is resumed. */
  uploadFace(file: Blob, options: UploadOptions = {}): Promise<string> {
    return sendFile(this.client, this.id, "face", file, options);
  }

  /** Upload a recording of a voice; returns the upload's id. A cut connection is resumed. */
  uploadVoice(file: Blob, options: RecordingOptions = {}): Promise<string> {
    return sendFile(this.client, this.id, "voice", file, options);
  }

  /**
   * Start a job with `script`, `topic` or `use_audio_as_is`, and any other option. The request has an
   * idempotency key of its own, so that a repetition starts no second job.
   */
  async start(
    wanted: StartJobOptions, options: RequestOptions & { idempotencyKey?: string } = {},
  ): Promise<Job> {
    const started = await this.client.startJob(
      { ...wanted, session_id: this.id },
      { idempotency_key: options.idempotencyKey ?? randomKey(), signal: options.signal },
    ) as JobStarted;
    const live = new LiveLink(this.client, started.job_id, started.links.live_events);
    return new Job(this.client, started.job_id, started.warnings, live);
  }

  /** Estimate the duration and cost of a job without starting it. */
  estimate(wanted: EstimateJob, options: RequestOptions = {}): Promise<JobEstimate> {
    return this.client.estimateJob({ ...wanted, session_id: this.id }, options);
  }

  /** Return a job that was started before. */
  job(jobId: string): Job {
    return new Job(this.client, jobId);
  }

  /** Get the session with its uploads and jobs. */
  status(options: RequestOptions = {}): Promise<SessionStatus> {
    return this.client.getSession(this.id, options);
  }

  /** Close the session; open jobs are cancelled, videos are kept. */
  close(options: RequestOptions = {}): Promise<SessionStatus> {
    return this.client.closeSession(this.id, options);
  }
}

/** Return a random key; pages without HTTPS have no `crypto.randomUUID`. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

import type { ErrorCode, JobReport, Problem } from "./generated.js";

/** Base class of every error of this client; its message is a sentence for a person. */
export class CallsheetError extends Error {
  override name = "CallsheetError";
}

/** The server refused a request; `errorCode` is for programs, `userMessage` for people. */
export class ApiError extends CallsheetError {
  override name = "ApiError";
  readonly errorCode: ErrorCode;
  readonly userMessage: string;
  /** The id of the request in the server's log. */
  readonly requestId: string;

  constructor(readonly status: number, readonly problem: Partial<Problem>, readonly retryAfter?: number) {
    super(problem.user_message ?? `The server answered with status ${status}.`);
    this.errorCode = problem.error_code ?? `HTTP_${status}`;
    this.userMessage = this.message;
    this.requestId = problem.request_id ?? "";
  }
}

/** The server could not be reached, or cut the connection, as often as the client tried. */
export class ConnectionFailed extends CallsheetError {
  override name = "ConnectionFailed";
}

/** The job did not end in time. It goes on. */
export class WaitTimeout extends CallsheetError {
  override name = "WaitTimeout";
}

/** A job that was waited for has no video; `report` says why. */
export class JobEnded extends CallsheetError {
  override name = "JobEnded";
  readonly errorCode: ErrorCode;
  readonly userMessage: string;

  constructor(readonly report: JobReport) {
    super(report.error?.user_message ?? `The job was ${report.state}.`);
    this.errorCode = report.error?.error_code ?? "";
    this.userMessage = this.message;
  }
}

/** The job failed. `retry()` continues from the step that failed. */
export class JobFailed extends JobEnded {
  override name = "JobFailed";
}

/** The job was cancelled. */
export class JobCancelled extends JobEnded {
  override name = "JobCancelled";
}

/** A webhook's message was not signed with this secret, or is too old. */
export class WebhookInvalid extends CallsheetError {
  override name = "WebhookInvalid";
}

import { useCallback, useEffect, useState } from "react";

import { JobEnded } from "./errors.js";
import type { Event, JobReport } from "./generated.js";
import type { Job } from "./job.js";

/** What a component shows of a job. */
export interface JobState {
  /** `waiting` until the first event of a job arrives. */
  state: "waiting" | "running" | "succeeded" | "failed" | "cancelled";
  /** Progress of the whole job, from 0 to 100. */
  percent: number;
  /** The last event's sentence, or the error's. */
  message: string;
  etaSeconds: number | null;
  /** The whole job, once it has ended. */
  report?: JobReport;
  /** Why there is no video. */
  error?: Error;
}

const INITIAL: JobState = { state: "waiting", percent: 0, message: "", etaSeconds: null };

/** Follow a job in a component; `undefined` is a job that has not been started yet. */
export function useJob(job: Job | undefined): JobState & { cancel: () => Promise<void> } {
  const [shown, show] = useState<JobState>(INITIAL);
  useEffect(() => {
    show(INITIAL);
    if (!job) return;
    const stopped = new AbortController();
    const update = (change: Partial<JobState>) => {
      if (!stopped.signal.aborted) show((before) => ({ ...before, ...change }));
    };
    const onEvent = (event: Event) => update({
      state: "running",
      percent: event.progress_percent,
      message: event.message,
      etaSeconds: event.eta_seconds,
    });
    job.wait({ signal: stopped.signal, onEvent }).then(
      (report) => update({ state: "succeeded", percent: 100, etaSeconds: null, report }),
      (error: Error) => update({
        state: error instanceof JobEnded && error.report.state === "cancelled" ? "cancelled" : "failed",
        message: error.message,
        etaSeconds: null,
        error,
        ...(error instanceof JobEnded && { report: error.report }),
      }),
    );
    return () => stopped.abort();
  }, [job]);
  const cancel = useCallback(async () => { await job?.cancel(); }, [job]);
  return { ...shown, cancel };
}

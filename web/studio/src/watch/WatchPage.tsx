import { useEffect, useState } from "react";
import { Problem } from "../api/client";
import { jobs, load, refreshFiles } from "../job/store";
import type { Job } from "../job/view";
import { session } from "../live/session";
import { buttonClass } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Failed } from "./Failed";
import { FinishedVideo } from "./FinishedVideo";
import { JobHead } from "./JobHead";
import { ResultsPanel } from "./ResultsPanel";
import { TimelinePanel } from "./TimelinePanel";
import { useTitle } from "./useTitle";

/** The chosen job, or the newest of the session. */
export function WatchPage({ jobId }: { jobId: string | null }) {
  const newest = session.use((now) => now.status?.jobs[0]?.job_id ?? null);
  const shown = jobId ?? newest;
  return shown ? <Watched key={shown} jobId={shown} /> : <Empty />;
}

function Watched({ jobId }: { jobId: string }) {
  const job = jobs.use((now) => now.known[jobId] ?? null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    load(jobId)
      .then((found) => refreshFiles(found.sessionId))
      .catch((refused: unknown) => setProblem(refused instanceof Problem ? refused.message : String(refused)));
  }, [jobId]);
  usePolling(job);
  useTitle(job);
  if (!job) return problem ? <Notice title={problem} /> : <p role="status" className="caption py-16 text-center">Loading</p>;
  return (
    <article className="space-y-6" data-job={job.id} data-state={job.state} data-event={job.lastEvent}>
      <JobHead job={job} />
      {job.revised && <Notice tone="calm" title={`The plan was changed. ${job.revised}`} />}
      {job.state === "succeeded" && <FinishedVideo job={job} />}
      {job.state !== "succeeded" && job.ended !== null && <Failed job={job} />}
      <TimelinePanel job={job} />
      <ResultsPanel job={job} />
    </article>
  );
}

const POLL_MS = 3000;

/** Queue positions change without events, so waiting jobs are polled. */
function usePolling(job: Job | null): void {
  const waits = job?.ended === null && (job.position !== null || job.waitingFor !== null || job.retryAt !== null);
  const id = job?.id;
  useEffect(() => {
    if (!waits || !id) return undefined;
    const timer = setInterval(() => document.hidden || void load(id).catch(() => undefined), POLL_MS);
    return () => clearInterval(timer);
  }, [waits, id]);
}

function Empty() {
  return (
    <div className="hatched border-t-2 border-ink px-6 py-20 text-center">
      <div className="mx-auto max-w-md bg-sheet px-6 py-8">
        <h1 className="text-xl font-semibold">Nothing in progress</h1>
        <p className="mt-2 mb-6 text-soft">Every stage of a video appears here while it is made.</p>
        <a href="#make" className={buttonClass("cue")}>Create a video</a>
      </div>
    </div>
  );
}

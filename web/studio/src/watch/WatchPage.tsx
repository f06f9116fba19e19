import { useEffect, useState } from "react";
import { useParams } from "react-router";
import { Problem } from "../api/client";
import { jobs, load, refreshFiles } from "../job/store";
import type { Job } from "../job/view";
import { usePageTitle } from "../lib/title";
import { Notice } from "../ui/Notice";
import { Failed } from "./Failed";
import { FinishedVideo } from "./FinishedVideo";
import { JobHead } from "./JobHead";
import { ResultsPanel } from "./ResultsPanel";
import { TimelinePanel } from "./TimelinePanel";
import { Waiting } from "../ui/Waiting";
import { t } from "../i18n";

/** A video: while it is made, and afterwards. */
export function WatchPage() {
  const { job = "" } = useParams();
  return <Watched key={job} jobId={job} />;
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
  usePageTitle(job ? titleOf(job) : t("Video"));
  if (!job) return problem ? <Notice title={problem} /> : <Waiting />;
  return (
    <article className="space-y-6" data-job={job.id} data-state={job.state} data-event={job.lastEvent}>
      <p role="status" className="sr-only">
        {ANNOUNCED[job.state] ?? ""}
      </p>
      <JobHead job={job} />
      {job.revised && <Notice tone="calm" title={t("The plan was changed. {revised}", { revised: job.revised })} />}
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

const ENDS: Record<string, string> = { succeeded: t("Ready"), failed: t("Failed"), cancelled: t("Cancelled") };

/** What screen readers are told of an end, whatever they read at that moment. */
const ANNOUNCED: Record<string, string> = {
  succeeded: t("The video is ready."),
  failed: t("The video has failed."),
  cancelled: t("The video was cancelled."),
};

/** The progress of a job, for the title of the tab. */
function titleOf(job: Job): string {
  return ENDS[job.state] ?? (job.state === "queued" ? t("Queued") : `${Math.floor(job.percent)}%`);
}

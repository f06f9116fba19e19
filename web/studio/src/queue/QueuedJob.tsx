import { useEffect } from "react";
import { Link } from "react-router";
import type { LibraryJob } from "../api/types";
import { useCancel } from "../job/cancelling";
import { duration } from "../lib/format";
import { paths } from "../lib/paths";
import { Button } from "../ui/Button";
import { refreshOpenJobs } from "./queue";
import { t } from "../i18n";

/** An open job: its picture, its place in line or how far it is, and its cancellation. */
export function QueuedJob({ job }: { job: LibraryJob }) {
  const { cancel, requested, said } = useCancel(job.job_id);
  const isCancelling = requested || job.cancel_requested;
  useEffect(() => {
    if (requested) refreshOpenJobs();
  }, [requested]);
  return (
    <article
      aria-label={job.title}
      data-listed={job.job_id}
      data-state={job.state}
      className="grid grid-cols-[4rem_minmax(0,1fr)_auto] items-center gap-x-4 gap-y-2 py-3 sm:grid-cols-[4rem_minmax(0,1fr)_14rem_auto]"
    >
      {job.signed_thumbnail_url ? (
        <img src={job.signed_thumbnail_url} alt="" loading="lazy" className="size-16 bg-black object-cover" />
      ) : (
        <span aria-hidden className="hatched size-16 border border-rule" />
      )}
      <div className="min-w-0">
        <h2 className="truncate font-medium">
          <Link to={paths.video(job.job_id)} className="hover:underline underline-offset-4">
            {job.title}
          </Link>
        </h2>
        <p className="text-small text-soft">{isCancelling && !said ? t("Cancelling") : place(job)}</p>
        {said && (
          <p role="status" className="text-small">
            {said}
          </p>
        )}
      </div>
      <Progress job={job} />
      <Button
        className="max-sm:col-start-3 max-sm:row-start-1"
        disabled={isCancelling}
        aria-label={t("Cancel {title}", { title: job.title })}
        onClick={cancel}
      >
        {t("Cancel")}
      </Button>
    </article>
  );
}

function place(job: LibraryJob): string {
  if (job.state === "running")
    return job.eta_seconds === null
      ? t("Being made")
      : t("Being made, {duration} remaining", { duration: duration(job.eta_seconds) });
  if (job.queue_position === null) return t("Starting");
  return job.queue_position === 1
    ? t("Next in the queue")
    : t("Number {queue_position} in the queue", { queue_position: job.queue_position });
}

function Progress({ job }: { job: LibraryJob }) {
  const percent = Math.floor(job.percent);
  if (job.state !== "running") return <span className="max-sm:hidden" />;
  return (
    <div className="flex items-center gap-3 max-sm:col-span-3 max-sm:row-start-2">
      <div
        role="progressbar"
        aria-label={t("Progress of {title}", { title: job.title })}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
        className="h-3 flex-1 border border-ink bg-sheet"
      >
        <div className="h-full bg-recording transition-[width] duration-150" style={{ width: `${job.percent}%` }} />
      </div>
      <span className="figures text-small w-10 text-end">{percent}%</span>
    </div>
  );
}

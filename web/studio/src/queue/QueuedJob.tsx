import { Link } from "react-router";
import type { LibraryJob } from "../api/types";
import { paths } from "../lib/paths";

/** An open job: what it is, and how far. */
export function QueuedJob({ job }: { job: LibraryJob }) {
  const percent = Math.floor(job.percent);
  return (
    <article aria-label={job.title} className="flex flex-wrap items-center gap-4 py-3">
      <h2 className="min-w-0 flex-1 basis-60 truncate font-medium"><Link to={paths.video(job.job_id)} className="hover:underline underline-offset-4">{job.title}</Link></h2>
      <span className="figures text-soft">{job.state === "running" ? `${percent}%` : "Queued"}</span>
    </article>
  );
}

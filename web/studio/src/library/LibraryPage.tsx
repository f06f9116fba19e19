import { useEffect } from "react";
import type { JobSummary } from "../api/types";
import { refreshFiles } from "../job/store";
import { count } from "../lib/format";
import { session } from "../live/session";
import { looks } from "../ui/Button";
import { VideoCard } from "./VideoCard";

export function LibraryPage() {
  const { id, status } = session.use((now) => now);
  const all = (status?.jobs ?? []).filter((job) => job.expired_at === null);
  const videos = all.filter((job) => job.state === "succeeded");
  const others = all.filter((job) => job.state !== "succeeded");
  useEffect(() => {
    if (id) void refreshFiles(id).catch(() => undefined);
  }, [id, videos.length]);
  if (!all.length) return <Empty />;
  return (
    <div className="space-y-8">
      <header className="flex items-baseline justify-between border-b-2 border-ink pb-2">
        <h1 className="text-2xl font-semibold tracking-tight">Videos</h1>
        <p className="caption">{count(videos.length, "video")}</p>
      </header>
      <ul className="grid gap-6 sm:grid-cols-2 lg:grid-cols-3">
        {videos.map((job) => <li key={job.job_id}><VideoCard job={job} /></li>)}
        <li><Another /></li>
      </ul>
      {others.length > 0 && <Others jobs={others} />}
    </div>
  );
}

function Another() {
  return (
    <a href="#make" className="hatched grid h-full min-h-40 place-items-center border border-dashed border-soft p-6 hover:border-ink">
      <span className="bg-paper px-4 py-2 text-lg">Create another</span>
    </a>
  );
}

const STATES: Record<string, string> = { queued: "queued", running: "in progress", failed: "failed", cancelled: "cancelled" };

function Others({ jobs }: { jobs: JobSummary[] }) {
  return (
    <section aria-label="Not finished">
      <h2 className="caption border-b border-rule pb-1">Not finished</h2>
      <ul>
        {jobs.map((job) => (
          <li key={job.job_id} className="border-b border-rule">
            <a href={`#watch/${job.job_id}`} className="flex min-h-12 items-center justify-between gap-4 hover:bg-sheet">
              <span className="truncate">{job.title}</span>
              <span className="figures shrink-0 text-soft">
                {STATES[job.state]}{job.state === "running" ? ` ${Math.floor(job.percent)}%` : ""}{job.error ? ` · ${job.error.code}` : ""}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Empty() {
  return (
    <div className="hatched border-t-2 border-ink px-6 py-20 text-center">
      <div className="mx-auto max-w-md bg-sheet px-6 py-8">
        <h1 className="text-xl font-semibold">No videos yet</h1>
        <p className="mt-2 mb-6 text-soft">Finished videos appear here until they expire.</p>
        <a href="#make" className={looks("cue")}>Create a video</a>
      </div>
    </div>
  );
}

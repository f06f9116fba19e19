import { useState } from "react";
import { Problem, get, remove } from "../api/client";
import type { JobReport, JobSummary } from "../api/types";
import { find } from "../job/files";
import { jobs, load, refreshFiles } from "../job/store";
import { day, size, time, until } from "../lib/format";
import { go } from "../lib/route";
import { refresh } from "../live/session";
import { change, fromOptions } from "../make/draft";
import { Button, looks } from "../ui/Button";

/** A finished video: player, details and actions. */
export function VideoCard({ job }: { job: JobSummary }) {
  const files = jobs.use((now) => now.files);
  const report = jobs.use((now) => now.known[job.job_id] ?? null);
  const file = (ending: string) => find(files, `${job.job_id}-${ending}`);
  const video = file("final.mp4");
  const captions = file("captions.vtt")?.url;
  return (
    <article aria-label={job.title} className="flex h-full flex-col gap-4 border-t-2 border-ink bg-sheet p-4">
      <div className="relative aspect-square bg-black">
        {video && (
          <video controls playsInline preload="none" poster={file("poster.jpg")?.url} src={video.url} aria-label={job.title} className="absolute inset-0 size-full object-contain">
            {captions && <track kind="captions" src={captions} srcLang="en" label="Captions" />}
          </video>
        )}
      </div>
      <div className="flex-1">
        <h2 className="line-clamp-2 font-medium"><a href={`#watch/${job.job_id}`} className="hover:underline underline-offset-4">{job.title}</a></h2>
        <p className="figures mt-1 text-sm text-soft">
          {day(job.created_at)} {time(job.created_at)}{video ? ` · ${size(video.bytes)}` : ""}
          {report?.expires ? ` · expires ${until(report.expires)}` : ""}
        </p>
      </div>
      <Actions job={job} url={video?.url ?? null} filename={video?.filename ?? ""} />
    </article>
  );
}

function Actions({ job, url, filename }: { job: JobSummary; url: string | null; filename: string }) {
  const [confirming, setConfirming] = useState(false);
  const [error, setError] = useState("");
  const failed = (problem: unknown) => setError(problem instanceof Problem ? problem.message : String(problem));
  const useSettings = async () => {
    const { options } = await get<JobReport>(`/process/${job.job_id}`);
    change(fromOptions(options as Record<string, unknown>));
    go("#make");
  };
  const deleteVideo = async () => {
    await remove(`/process/${job.job_id}`);
    await Promise.all([refresh(), refreshFiles(job.session_id), load(job.job_id)]);
  };
  if (confirming) {
    return (
      <div role="group" aria-label="Delete" className="flex flex-wrap items-center gap-3 border-l-4 border-cue bg-wash p-3 text-sm">
        <span>Delete this video permanently?</span>
        <Button look="cue" onClick={() => void deleteVideo().catch(failed)} autoFocus>Delete</Button>
        <Button look="quiet" onClick={() => setConfirming(false)}>Keep</Button>
        {error && <span role="alert">{error}</span>}
      </div>
    );
  }
  return (
    <div className="flex flex-wrap gap-2">
      {url && <a href={url} download={filename} className={looks()}>Download</a>}
      <Button onClick={() => void useSettings().catch(failed)}>Use these settings</Button>
      <Button look="quiet" onClick={() => setConfirming(true)}>Delete</Button>
      {error && <p role="alert" className="w-full text-sm">{error}</p>}
    </div>
  );
}

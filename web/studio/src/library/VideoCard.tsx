import { memo, useState } from "react";
import { Link } from "react-router";
import type { FileReport, LibraryJob } from "../api/types";
import { find } from "../job/files";
import { day, size, time, until } from "../lib/format";
import { paths } from "../lib/paths";
import { UseSettings } from "../make/UseSettings";
import { Button, buttonClass } from "../ui/Button";
import { Question } from "../ui/Question";
import { Rename } from "./Rename";
import { deleteVideo, rename } from "./library";
import { useFocusReturn } from "./useFocusReturn";
import { t } from "../i18n";

interface CardProps {
  job: LibraryJob;
  onDeleted: (job: LibraryJob) => void;
}

/** A finished video: player, details and actions; made again only when its job has changed. */
export const VideoCard = memo(function VideoCard({ job, onDeleted }: CardProps) {
  const [renaming, setRenaming] = useState(false);
  const video =
    find(job.outputs, `${job.job_id}-final.mp4`) ?? job.outputs.find((file) => file.media_type.startsWith("video/"));
  return (
    <article aria-label={job.title} className="flex h-full flex-col gap-4 border-t-2 border-ink bg-sheet p-4">
      <div className="relative aspect-square overflow-hidden bg-black">
        {video && <Player job={job} video={video} />}
      </div>
      <div className="flex-1">
        {renaming ? (
          <Rename
            title={job.title}
            label={t("Title")}
            save={(title) => rename(job.job_id, title)}
            onDone={() => setRenaming(false)}
          />
        ) : (
          <h2 className="line-clamp-2 font-medium">
            <Link
              id={`entry-${job.job_id}`}
              to={paths.video(job.job_id)}
              className="hover:underline underline-offset-4"
            >
              {job.title}
            </Link>
          </h2>
        )}
        <p className="figures mt-1 text-sm text-soft">
          {day(job.created_at)} {time(job.created_at)}
          {video ? ` · ${size(video.bytes)}` : ""}
          {job.expires_at ? ` · ${t("expires {until}", { until: until(job.expires_at) })}` : ""}
        </p>
      </div>
      <Actions job={job} video={video} renaming={renaming} onRename={() => setRenaming(true)} onDeleted={onDeleted} />
    </article>
  );
});

/** The poster; a click plays the video in its place. */
function Player({ job, video }: { job: LibraryJob; video: FileReport }) {
  const [plays, setPlays] = useState(false);
  // Links are replaced before they end; a video that plays keeps the one it began with.
  const [begun, setBegun] = useState("");
  const link = (ending: string) => find(job.outputs, `${job.job_id}-${ending}`)?.signed_url;
  const captions = link("captions.vtt");
  const poster = link("poster.jpg");
  if (!plays) {
    return (
      <button
        type="button"
        aria-label={t("Play {title}", { title: job.title })}
        onClick={() => setPlays(true)}
        className="group absolute inset-0 size-full"
      >
        {poster && (
          <img
            src={poster}
            alt=""
            loading="lazy"
            decoding="async"
            className="absolute inset-0 size-full object-cover object-[50%_20%]"
          />
        )}
        <span
          aria-hidden
          className="absolute end-3 bottom-3 grid size-11 place-items-center rounded-full bg-black/70 text-white group-hover:bg-black"
        >
          <svg viewBox="0 0 16 16" className="size-4" fill="currentColor">
            <path d="M5 2.5v11l8-5.5z" />
          </svg>
        </span>
      </button>
    );
  }
  return (
    <video
      controls
      playsInline
      autoPlay
      preload="auto"
      poster={poster}
      src={begun || video.signed_url}
      aria-label={job.title}
      onPlay={() => setBegun((now) => now || video.signed_url)}
      onError={() => setBegun("")}
      className="absolute inset-0 size-full object-contain"
    >
      {captions && <track kind="captions" src={captions} srcLang={job.language ?? undefined} label={t("Captions")} />}
    </video>
  );
}

interface ActionsProps extends CardProps {
  video: FileReport | undefined;
  renaming: boolean;
  onRename: () => void;
}

function Actions({ job, video, renaming, onRename, onDeleted }: ActionsProps) {
  const [confirming, setConfirming] = useState(false);
  const renameButton = useFocusReturn(renaming);
  const subtitles = find(job.outputs, `${job.job_id}-captions.srt`)?.signed_url;
  return (
    <div className="flex flex-wrap gap-2">
      {video && (
        <a href={video.signed_url} download className={buttonClass()}>
          {t("Download")}
        </a>
      )}
      {subtitles && (
        <a href={subtitles} download className={buttonClass("quiet")}>
          {t("Subtitles")}
        </a>
      )}
      <UseSettings jobId={job.job_id} />
      {!renaming && (
        <Button variant="quiet" ref={renameButton} onClick={onRename}>
          {t("Rename")}
        </Button>
      )}
      <Button variant="quiet" onClick={() => setConfirming(true)}>
        {t("Delete")}
      </Button>
      {confirming && (
        <Question
          title={t("Delete this video permanently?")}
          keep={t("Keep")}
          answers={[{ label: t("Delete"), danger: true, act: () => deleteVideo(job), then: () => onDeleted(job) }]}
          onClose={() => setConfirming(false)}
        />
      )}
    </div>
  );
}

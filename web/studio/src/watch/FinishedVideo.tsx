import { useState } from "react";
import { Link } from "react-router";
import { find, useFile } from "../job/files";
import { jobs, refreshFiles } from "../job/store";
import type { Job } from "../job/view";
import { clock, size, until } from "../lib/format";
import { CompareWith } from "../compare/CompareWith";
import { paths } from "../lib/paths";
import { session } from "../live/session";
import { UseSettings } from "../make/UseSettings";
import { Button, buttonClass } from "../ui/Button";
import { Rating } from "./Rating";
import { Receipt } from "./Receipt";
import { STAGES } from "./names";
import { rich, t } from "../i18n";

interface Final {
  filename: string;
  bytes: number;
  url: string;
}

/** The finished video with captions and models. */
export function FinishedVideo({ job }: { job: Job }) {
  const final = job.result?.final_output as unknown as Final | null;
  const files = job.result?.outputs ?? [];
  const ofSession = session.use((now) => now.id === job.sessionId);
  const listed = jobs.use((now) => now.files);
  const written = useFile(job, "script-screenplay.json");
  const screenplay = job.options["use_audio_as_is"] ? null : written; // a recording has no words to change
  // Of an earlier session, only signed links open in an element of the page.
  const link = (file: { filename: string; url: string }) =>
    ofSession ? file.url : find(listed, file.filename)?.signed_url;
  const part = (ending: string) => files.find((file) => file.filename === `${job.id}-${ending}`);
  const facts = (job.result?.facts ?? {}) as { duration?: number; width?: number; height?: number };
  if (job.expired)
    return (
      <p className="border-t-2 border-ink bg-sheet px-6 py-8 text-soft">{t("The files of this video have expired.")}</p>
    );
  if (!final) return null;
  const video = link(final);
  const [captions, poster] = [part("captions.vtt"), part("poster.jpg")].map((file) => file && link(file));
  return (
    <section aria-label={t("Video")} className="appear bg-sheet">
      <div aria-hidden className="slate h-4 border-y border-ink" />
      <div className="grid gap-6 p-4 sm:grid-cols-[auto_minmax(0,1fr)] sm:gap-8 sm:p-6">
        <video
          controls
          playsInline
          preload="metadata"
          src={video}
          poster={poster}
          className="max-h-[70vh] w-full bg-black sm:max-w-[28rem]"
          aria-label={t("The finished video")}
        >
          {captions && (
            <track
              kind="captions"
              src={captions}
              srcLang={String(job.options["language"] ?? "en")}
              label={t("Captions")}
            />
          )}
        </video>
        <div className="space-y-5">
          <p className="figures text-soft">
            {facts.duration ? `${clock(facts.duration)} · ` : ""}
            {facts.width}×{facts.height} · {size(final.bytes)}
          </p>
          {(job.result?.simulated.length ?? 0) > 0 && (
            <p className="border-s-4 border-warning bg-warning-wash px-3 py-2 text-sm">
              {t("Simulated: {simulated}. This is a placeholder, not a real result.", {
                simulated: job.result?.simulated.join(", "),
              })}
            </p>
          )}
          <h2 className="text-lg leading-snug font-medium">{job.title}</h2>
          <div className="flex flex-wrap gap-3">
            <a href={video} download className={buttonClass("primary")}>
              {t("Download")}
            </a>
            {screenplay && <UseSettings jobId={job.id} label={t("Change a scene")} screenplay={screenplay} />}
            <Link to={paths.create} className={buttonClass()}>
              {t("Create another")}
            </Link>
          </div>
          <Subtitles srt={part("captions.srt")} vtt={part("captions.vtt")} link={link} />
          <CompareWith jobId={job.id} title={job.title} />
          <CopyLink jobId={job.id} sessionId={job.sessionId} filename={final.filename} />
          {job.expires && (
            <p className="text-sm text-soft">
              {rich("Saved in <a>your videos</a>; expires {until}.", {
                a: (words) => (
                  <Link className="underline underline-offset-4" to={paths.videos}>
                    {words}
                  </Link>
                ),
                until: until(job.expires),
              })}
            </p>
          )}
          <Rating key={job.id} jobId={job.id} />
          <Receipt key={`receipt-${job.id}`} jobId={job.id} />
          <Credits job={job} />
        </div>
      </div>
    </section>
  );
}

interface File {
  filename: string;
  url: string;
}

function Subtitles({
  srt,
  vtt,
  link,
}: {
  srt: File | undefined;
  vtt: File | undefined;
  link: (file: File) => string | undefined;
}) {
  if (!srt && !vtt) return null;
  return (
    <p className="text-small flex flex-wrap items-center gap-x-4">
      <span className="text-soft">{t("Subtitles")}</span>
      {srt && (
        <a href={link(srt)} download className="inline-flex min-h-11 items-center underline underline-offset-4">
          SRT<span className="sr-only"> {t("subtitles")}</span>
        </a>
      )}
      {vtt && (
        <a href={link(vtt)} download className="inline-flex min-h-11 items-center underline underline-offset-4">
          VTT<span className="sr-only"> {t("subtitles")}</span>
        </a>
      )}
    </p>
  );
}

/** A link that opens without signing in, for a while. */
function CopyLink({ jobId, sessionId, filename }: { jobId: string; sessionId: string; filename: string }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      await refreshFiles(sessionId);
      const url = find(jobs.get().files, filename)?.signed_url;
      if (!url) throw new Error(t("There is no link to the video {jobId}.", { jobId }));
      await navigator.clipboard.writeText(new URL(url, location.href).href);
      setSaid(t("The link was copied. It opens the video for 15 minutes, for everyone who has it."));
    } catch (problem) {
      setSaid((problem as Error).message);
    }
  };
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button onClick={() => void copy()}>{t("Copy link")}</Button>
      <span role="status" className="text-small text-soft">
        {said}
      </span>
    </div>
  );
}

type Engine = { name: string; kind: string; commercial_use?: boolean };

/** The model of each stage. */
function Credits({ job }: { job: Job }) {
  const engines = Object.entries((job.result?.engines ?? {}) as Record<string, Engine>);
  return (
    <dl className="max-w-md pt-2 text-sm">
      {engines.map(([stage, engine]) => (
        <div key={stage} className="flex justify-between gap-4 border-b border-rule py-1.5">
          <dt>{STAGES[stage] ?? stage}</dt>
          <dd className="figures text-soft">
            {engine.name}
            {engine.kind === "simulated" ? "" : ` · ${engine.kind}`}
            {engine.commercial_use === false ? ` · ${t("non-commercial")}` : ""}
          </dd>
        </div>
      ))}
    </dl>
  );
}

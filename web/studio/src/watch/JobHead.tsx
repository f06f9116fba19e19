import { useCancel } from "../job/cancelling";
import type { Job } from "../job/view";
import { between, clock, duration, time } from "../lib/format";
import { serverNow } from "../live/connection";
import { useNow } from "../lib/now";
import { Button } from "../ui/Button";
import { Cell, Cells } from "../ui/Cell";
import { Notice } from "../ui/Notice";
import { STAGES } from "./names";
import { t } from "../i18n";

const TITLES = {
  queued: t("Queued"),
  running: t("In progress"),
  succeeded: t("Finished"),
  failed: t("Failed"),
  cancelled: t("Cancelled"),
};

function title(job: Job, open: boolean): string {
  if (job.cancelling && open) return t("Cancelling");
  const stage = job.failure?.stage ? STAGES[job.failure.stage] : null;
  return stage ? t("Failed at “{stage}”", { stage }) : TITLES[job.state];
}

export function JobHead({ job }: { job: Job }) {
  const open = job.ended === null;
  useNow(open ? 1000 : 0);
  const spent = ((job.ended ?? serverNow()) - (job.began ?? job.created)) / 1000;
  const scenes = new Set(job.steps.map((step) => step.scene).filter((scene) => scene !== null)).size;
  return (
    <header>
      <div className="mb-4 flex flex-wrap items-end justify-between gap-4">
        <div>
          <p className="caption">
            {t("Job")} <span className="select-all">{job.id}</span>
          </p>
          <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">{title(job, open)}</h1>
        </div>
        {open && <CancelButton job={job} />}
      </div>
      <Cells label={t("Job details")}>
        <Cell caption={t("Started")}>{time(job.created)}</Cell>
        <Cell caption={t("Scenes")}>{scenes || "–"}</Cell>
        <Cell caption={t("Format")}>
          {String(job.options["aspect_ratio"])} · {String(job.options["height"])}p
        </Cell>
        <Cell caption={open ? t("Elapsed") : t("Took")}>{clock(spent)}</Cell>
        {open ? (
          <>
            <Cell caption={t("Remaining")}>
              {job.range ? between(...job.range) : job.eta === null ? "–" : duration(job.eta)}
            </Cell>
            <Cell caption={t("Done by")}>{job.eta === null ? "–" : time(serverNow() + job.eta * 1000)}</Cell>
          </>
        ) : (
          <Cell caption={t("Compute time")}>{computeTime(job)}</Cell>
        )}
        <Reused job={job} />
      </Cells>
      {job.warnings.map(({ code, message }) => (
        <Notice key={code} tone="calm" title={message} />
      ))}
      {open && <Progress job={job} />}
    </header>
  );
}

/** How many steps cost nothing, because an earlier video had them. */
function Reused({ job }: { job: Job }) {
  const reused = job.steps.filter((step) => step.found).length;
  return reused ? (
    <Cell caption={t("Reused")}>
      <span data-reused={reused}>{t("{reused} of {length} steps", { reused, length: job.steps.length })}</span>
    </Cell>
  ) : null;
}

function computeTime(job: Job): string {
  const seconds = job.steps.reduce((sum, step) => sum + secondsOf(step), 0);
  return seconds < 0.2 ? t("reused results") : duration(seconds);
}

const secondsOf = (step: Job["steps"][number]) =>
  step.began !== null && step.ended !== null && !step.found ? (step.ended - step.began) / 1000 : 0;

function Progress({ job }: { job: Job }) {
  return (
    <div className="mt-4 flex items-center gap-4">
      <div
        role="progressbar"
        aria-label={t("Progress of the video")}
        aria-valuenow={Math.round(job.percent)}
        aria-valuemin={0}
        aria-valuemax={100}
        className="h-4 flex-1 overflow-hidden border border-ink bg-sheet"
      >
        <div className="rolling h-full transition-[width] duration-150" style={{ width: `${job.percent}%` }} />
      </div>
      <span className="figures w-12 text-end" data-percent={job.percent}>
        {Math.floor(job.percent)}%
      </span>
    </div>
  );
}

function CancelButton({ job }: { job: Job }) {
  const { cancel, requested, said } = useCancel(job.id);
  return (
    <div className="flex flex-wrap items-center justify-end gap-3">
      <p role="status" className="text-small max-w-[34ch] text-end">
        {said}
      </p>
      <Button disabled={requested || job.cancelling} onClick={cancel}>
        {t("Cancel")}
      </Button>
    </div>
  );
}

import { useCallback, useEffect, useState } from "react";
import { Problem, get, post } from "../api/client";
import type { AllJobs, ListedJob } from "../api/types";
import { duration } from "../lib/format";
import { Button } from "../ui/Button";
import { Segments } from "../ui/Segments";
import { ActionButton } from "./ActionButton";
import { t } from "../i18n";

const STATES = [
  { value: "failed", label: t("failed") },
  { value: "running", label: t("running") },
  { value: "queued", label: t("queued") },
  { value: "succeeded", label: t("succeeded") },
  { value: "cancelled", label: t("cancelled") },
];

/** The jobs of all owners by state; failed ones can be retried. */
export function Jobs() {
  const [state, setState] = useState("failed");
  const [page, setPage] = useState<AllJobs>({ jobs: [], next_cursor: null });
  const [trouble, setTrouble] = useState("");
  const load = useCallback(
    async (cursor: string | null) => {
      try {
        const next = await get<AllJobs>(`/jobs?state=${state}&limit=20${cursor ? `&cursor=${cursor}` : ""}`);
        setPage((now) => ({ jobs: cursor ? [...now.jobs, ...next.jobs] : next.jobs, next_cursor: next.next_cursor }));
        setTrouble("");
      } catch (problem) {
        setTrouble(problem instanceof Problem ? problem.message : String(problem));
      }
    },
    [state],
  );
  useEffect(() => void load(null), [load]);
  const redrive = async (job: ListedJob) => {
    const { jobs } = await post<{ jobs: string[] }>("/jobs/redrive", { jobs: [job.job_id] });
    return jobs.length ? t("Retried.") : t("It cannot be retried.");
  };
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div className="w-full max-w-xl">
          <Segments legend={t("State")} value={state} onChange={setState} choices={STATES} />
        </div>
        <Button variant="quiet" onClick={() => void load(null)}>
          {t("Reload")}
        </Button>
      </div>
      {trouble && (
        <p role="alert" className="text-sm">
          {trouble}
        </p>
      )}
      {page.jobs.length === 0 && !trouble && <p className="text-soft">{t("No jobs in this state.")}</p>}
      <ul>
        {page.jobs.map((job) => (
          <Row key={job.job_id} job={job} retry={() => redrive(job)} />
        ))}
      </ul>
      {page.next_cursor && <Button onClick={() => void load(page.next_cursor)}>{t("Show more")}</Button>}
    </div>
  );
}

function Row({ job, retry }: { job: ListedJob; retry: () => Promise<string> }) {
  return (
    <li className="space-y-1 border-b border-rule py-3 text-sm" data-listed={job.job_id}>
      <p className="flex flex-wrap justify-between gap-3">
        <span className="figures font-medium break-all">{job.job_id}</span>
        <span className="figures text-soft">
          {t("{duration} old · attempt {attempt}", { duration: duration(job.age_seconds), attempt: job.attempt })}
        </span>
      </p>
      <p className="text-soft break-all">
        {job.owner}
        {job.engines.length > 0 && ` · ${job.engines.join(", ")}`}
      </p>
      {job.waiting_for && <p>{job.waiting_for}</p>}
      {job.error && (
        <p className="break-words">
          {job.error.user_message}{" "}
          <a
            className="figures text-soft underline decoration-rule underline-offset-4"
            href={`/docs#${job.error.error_code}`}
          >
            {job.error.error_code}
          </a>
        </p>
      )}
      {job.state === "failed" && !job.expired_at && <ActionButton label={t("Retry")} act={retry} />}
    </li>
  );
}

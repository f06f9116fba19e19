import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, post } from "../api/client";
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
  const found = useInfiniteQuery({
    queryKey: ["jobs", state],
    queryFn: ({ pageParam }) =>
      get<AllJobs>(`/jobs?state=${state}&limit=20${pageParam && `&cursor=${encodeURIComponent(pageParam)}`}`),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
  const jobs = found.data?.pages.flatMap((page) => page.jobs) ?? [];
  const redrive = async (job: ListedJob) => {
    const retried = await post<{ jobs: string[] }>("/jobs/redrive", { jobs: [job.job_id] });
    return retried.jobs.length ? t("Retried.") : t("It cannot be retried.");
  };
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div className="w-full max-w-xl">
          <Segments legend={t("State")} value={state} onChange={setState} choices={STATES} />
        </div>
        <Button variant="quiet" onClick={() => void found.refetch()}>
          {t("Reload")}
        </Button>
      </div>
      {found.error && (
        <p role="alert" className="text-sm">
          {found.error.message}
        </p>
      )}
      {found.data && jobs.length === 0 && <p className="text-soft">{t("No jobs in this state.")}</p>}
      <ul>
        {jobs.map((job) => (
          <Row key={job.job_id} job={job} retry={() => redrive(job)} />
        ))}
      </ul>
      {found.hasNextPage && <Button onClick={() => void found.fetchNextPage()}>{t("Show more")}</Button>}
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

import { useState } from "react";
import { Link } from "react-router";
import { count } from "../lib/format";
import { paths } from "../lib/paths";
import { usePageTitle } from "../lib/title";
import { Button, buttonClass } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Waiting } from "../ui/Waiting";
import { CancelAll } from "./CancelAll";
import { QueuedJob } from "./QueuedJob";
import { useOpenJobs } from "./queue";
import { t } from "../i18n";

/** Every video that is being made or waits. */
export function QueuePage() {
  const { data: jobs, error, refetch } = useOpenJobs();
  const [said, setSaid] = useState("");
  usePageTitle(jobs?.length ? t("In progress ({length})", { length: jobs.length }) : t("In progress"));
  if (!jobs)
    return error ? (
      <Notice title={error.message}>
        <Button onClick={() => void refetch()}>{t("Try again")}</Button>
      </Notice>
    ) : (
      <Waiting />
    );
  const waiting = jobs.filter((job) => job.state === "queued").length;
  return (
    <div className="space-y-section">
      {jobs.length ? (
        <header className="flex flex-wrap items-end justify-between gap-4 border-b-2 border-ink pb-2">
          <div>
            <h1 className="text-title font-semibold tracking-tight">{t("In progress")}</h1>
            <p className="caption mt-1">
              {count(jobs.length, "video")}
              {waiting > 0 && `, ${t("{waiting} waiting", { waiting })}`}
            </p>
          </div>
          <CancelAll all={jobs.length} waiting={waiting} onDone={setSaid} />
        </header>
      ) : (
        <Empty />
      )}
      <p role="status" className="text-small text-soft empty:hidden">
        {said}
      </p>
      {error && <Notice title={error.message}>{t("The list shows the last known state and keeps retrying.")}</Notice>}
      <ul className="divide-y divide-rule border-b border-rule empty:hidden">
        {jobs.map((job) => (
          <li key={job.job_id}>
            <QueuedJob job={job} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Empty() {
  return (
    <div className="hatched border-t-2 border-ink px-6 py-20 text-center">
      <div className="mx-auto max-w-md bg-sheet px-6 py-8">
        <h1 className="text-xl font-semibold">{t("Nothing in progress")}</h1>
        <p className="mt-2 mb-6 text-soft">{t("Every video that you start appears here until it is finished.")}</p>
        <Link to={paths.create} className={buttonClass("primary")}>
          {t("Create a video")}
        </Link>
      </div>
    </div>
  );
}

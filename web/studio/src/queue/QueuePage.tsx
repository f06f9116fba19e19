import { Link } from "react-router";
import { paths } from "../lib/paths";
import { usePageTitle } from "../lib/title";
import { buttonClass } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Waiting } from "../ui/Waiting";
import { QueuedJob } from "./QueuedJob";
import { useOpenJobs } from "./queue";

/** Every video that is being made or waits. */
export function QueuePage() {
  usePageTitle("In progress");
  const { data, error } = useOpenJobs();
  if (!data) return error ? <Notice title={error.message} /> : <Waiting />;
  if (!data.length) return <Empty />;
  return (
    <div className="space-y-section">
      <header className="flex flex-wrap items-end justify-between gap-4 border-b-2 border-ink pb-2">
        <h1 className="text-title font-semibold tracking-tight">In progress</h1>
      </header>
      {error && <Notice title={error.message}>The list shows the last known state.</Notice>}
      <ul className="divide-y divide-rule border-b border-rule">
        {data.map((job) => <li key={job.job_id}><QueuedJob job={job} /></li>)}
      </ul>
    </div>
  );
}

function Empty() {
  return (
    <div className="hatched border-t-2 border-ink px-6 py-20 text-center">
      <div className="mx-auto max-w-md bg-sheet px-6 py-8">
        <h1 className="text-xl font-semibold">Nothing in progress</h1>
        <p className="mt-2 mb-6 text-soft">Every video that you start appears here until it is finished.</p>
        <Link to={paths.create} className={buttonClass("primary")}>Create a video</Link>
      </div>
    </div>
  );
}

import { useState } from "react";
import { post } from "../api/client";
import { time } from "../lib/format";
import { ActionButton } from "./ActionButton";
import { overview } from "./overview";
import type { VideoReport } from "../api/types";

/** Reports of people who say that a video shows them; each has 48 hours. */
export function Reports() {
  const reports = overview.use((now) => now.reports);
  if (!reports.length) return <p className="text-soft">No open reports.</p>;
  return (
    <ul className="max-h-96 overflow-y-auto" tabIndex={0} aria-label="Open reports">
      {reports.map((report) => <One key={report.id} report={report} />)}
    </ul>
  );
}

function One({ report }: { report: VideoReport }) {
  const [note, setNote] = useState("");
  const decide = (decision: string, body: object) => post<unknown>(`/api/reports/${report.id}/${decision}`, { note, ...body }).then(() => undefined);
  const found = report.jobs.length ? `${report.certain ? "" : "only alike: "}${report.jobs.join(", ")}` : "no video of this server";
  return (
    <li className="space-y-2 border-b border-rule py-3 text-sm">
      <p className="flex justify-between gap-3">
        <span className="font-medium">{report.kind.replaceAll("_", " ")}</span>
        <span className={`figures ${report.overdue ? "font-medium text-danger" : "text-soft"}`}>{report.overdue ? "overdue since" : "until"} {time(report.due_at)}</span>
      </p>
      <p className="whitespace-pre-wrap break-words">{report.statement}</p>
      {report.link && <p className="break-all text-soft">{report.link}</p>}
      <p className="figures break-words text-soft">{found}</p>
      <label className="caption block" htmlFor={`note-${report.id}`}>Note to the reporter</label>
      <input id={`note-${report.id}`} className="w-full border border-rule bg-transparent px-2 py-1" maxLength={2000} value={note} onChange={(event) => setNote(event.target.value)} />
      <p className="flex flex-wrap gap-3">
        {report.jobs.length > 0 && <ActionButton label="Withdraw" sure="Block the video and its sources" act={() => decide("withdraw", { jobs: report.jobs })} />}
        <ActionButton label="Reject" sure="Close without a withdrawal" act={() => decide("reject", {})} />
      </p>
    </li>
  );
}

import { useEffect, useState } from "react";
import { get, post } from "../api/client";
import type { ReportStatistics, VideoReport } from "../api/types";
import { count } from "../lib/format";
import { useNow } from "../lib/now";
import { TextField } from "../ui/TextField";
import { KINDS } from "../trust/reports";
import { ActionButton } from "./ActionButton";
import { ReportedVideo } from "./ReportedVideo";
import { timeLeft } from "./deadline";
import { t } from "../i18n";

/** Reports of people who are shown or heard in a video; each is decided within 48 hours. */
export function Reports({ reports }: { reports: readonly VideoReport[] }) {
  useNow(30_000); // the clocks
  const urgent = [...reports].sort((one, other) => one.due_at.localeCompare(other.due_at));
  return (
    <div className="space-y-4">
      {urgent.length ? (
        <ul className="max-h-192 overflow-y-auto" tabIndex={0} aria-label={t("Open reports")}>
          {urgent.map((report) => (
            <One key={report.id} report={report} />
          ))}
        </ul>
      ) : (
        <p className="text-soft">{t("No open reports.")}</p>
      )}
      <Statistics open={reports.length} />
    </div>
  );
}

function One({ report }: { report: VideoReport }) {
  const [note, setNote] = useState("");
  const [chosen, setChosen] = useState<string[]>(report.certain ? report.jobs : []);
  const decide = (decision: string, body: object) =>
    post<unknown>(`/api/reports/${report.id}/${decision}`, { note, ...body }).then(() => undefined);
  const left = timeLeft(report.due_at);
  const mark = (job: string, on: boolean) =>
    setChosen((now) => (on ? [...now, job] : now.filter((one) => one !== job)));
  return (
    <li data-report={report.id} className="space-y-3 border-b border-rule py-4 text-sm">
      <p className="flex flex-wrap justify-between gap-3">
        <span className="font-medium">{KINDS.find(({ value }) => value === report.kind)?.label ?? report.kind}</span>
        <span className={`figures ${left.urgent ? "font-medium text-danger" : "text-soft"}`}>{left.text}</span>
      </p>
      <p className="break-words whitespace-pre-wrap">{report.statement}</p>
      {report.link && (
        <p className="break-all text-soft">{t("Address (not opened by this server): {link}", { link: report.link })}</p>
      )}
      {report.contact && (
        <p className="break-all text-soft">{t("Answer to: {contact}", { contact: report.contact })}</p>
      )}
      <Found report={report} chosen={chosen} mark={mark} />
      <TextField
        name={`note-${report.id}`}
        label={t("Note to the reporter")}
        value={note}
        onChange={setNote}
        maxLength={2000}
      />
      <div className="flex flex-wrap gap-3">
        {chosen.length > 0 && (
          <ActionButton
            label={t("Withdraw")}
            {...(report.certain
              ? {}
              : { sure: t("Block {count} that the report may be about", { count: count(chosen.length, "video") }) })}
            act={() => decide("withdraw", { jobs: chosen })}
          />
        )}
        <ActionButton label={t("Reject")} sure={t("Close without a withdrawal")} act={() => decide("reject", {})} />
      </div>
    </li>
  );
}

/** The videos that a report is about; if they are only alike, an operator chooses them. */
function Found({
  report,
  chosen,
  mark,
}: {
  report: VideoReport;
  chosen: string[];
  mark: (job: string, on: boolean) => void;
}) {
  if (!report.jobs.length) return <p className="text-soft">{t("No video of this server.")}</p>;
  return (
    <div className="space-y-2">
      <p className="text-soft">
        {report.certain ? t("It is about:") : t("Only alike. Look at each before you choose it:")}
      </p>
      <ul className="space-y-2">
        {report.jobs.map((job) => (
          <li key={job} className="flex flex-wrap items-start gap-x-4 gap-y-2">
            <label className="flex min-h-9 items-center gap-2">
              <input
                type="checkbox"
                className="size-5 accent-primary"
                checked={chosen.includes(job)}
                onChange={(event) => mark(job, event.target.checked)}
              />
              <span className="figures break-all">{job}</span>
            </label>
            <ReportedVideo job={job} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Figures for a transparency report. */
function Statistics({ open }: { open: number }) {
  const [figures, setFigures] = useState<ReportStatistics | null>(null);
  useEffect(() => void get<ReportStatistics>("/api/reports/statistics").then(setFigures, () => undefined), [open]);
  if (!figures?.reports) return null;
  const { reports, by_state, overdue, decided_in_time, median_hours, videos_withdrawn, uploads_refused } = figures;
  const decided = (by_state["withdrawn"] ?? 0) + (by_state["rejected"] ?? 0);
  return (
    <p className="figures text-sm text-soft">
      {[
        count(reports, "report"),
        t("{decided} decided, {decided_in_time} in time", { decided, decided_in_time }),
        median_hours !== null && t("median {median_hours} h", { median_hours }),
        overdue > 0 && t("{overdue} overdue", { overdue }),
        t("{count} withdrawn", { count: count(videos_withdrawn, "video") }),
        t("{count} refused", { count: count(uploads_refused, "upload") }),
      ]
        .filter(Boolean)
        .join(" · ")}
    </p>
  );
}

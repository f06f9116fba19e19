import { type FormEvent, useId, useState } from "react";
import { Problem } from "../api/client";
import type { NewReport, ReportState } from "../api/types";
import { date, time } from "../lib/format";
import { Button } from "../ui/Button";
import { TextField } from "../ui/TextField";
import { STATES, reportState } from "./reports";
import { t } from "../i18n";

/** The state of a report, for the person who has its number and secret. */
export function FollowReport({ known }: { known: NewReport | null }) {
  const id = useId();
  const [number, setNumber] = useState(known?.id ?? "");
  const [secret, setSecret] = useState(known?.token ?? "");
  const [found, setFound] = useState<ReportState | null>(null);
  const [trouble, setTrouble] = useState("");
  const show = async (event: FormEvent) => {
    event.preventDefault();
    setFound(null);
    setTrouble("");
    if (!number.trim() || !secret.trim()) return setTrouble(t("Enter the number and the secret of the report."));
    try {
      setFound(await reportState(number.trim(), secret.trim()));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setTrouble(problem.message);
    }
  };
  return (
    <details className="bg-sheet" open={known !== null}>
      <summary className="flex min-h-11 cursor-pointer items-center px-5 py-2 font-medium sm:px-6">
        {t("See the state of a report")}
      </summary>
      <form
        aria-labelledby={id}
        noValidate
        onSubmit={(event) => void show(event)}
        className="max-w-xl space-y-4 px-5 pb-6 sm:px-6"
      >
        <p id={id} className="sr-only">
          {t("State of a report")}
        </p>
        <TextField name="number" label={t("Number")} value={number} onChange={setNumber} maxLength={64} />
        <TextField name="secret" label={t("Secret")} value={secret} onChange={setSecret} maxLength={200} />
        <Button type="submit">{t("Show the state")}</Button>
        {trouble && (
          <p role="alert" className="text-sm font-medium text-danger">
            {trouble}
          </p>
        )}
        <div role="status">{found && <State report={found} />}</div>
      </form>
    </details>
  );
}

function State({ report }: { report: ReportState }) {
  const when = report.decided_at
    ? t("Decided on {date}, {time}.", { date: date(report.decided_at), time: time(report.decided_at) })
    : t("To be decided by {date}, {time}.", { date: date(report.due_at), time: time(report.due_at) });
  return (
    <div className="border-s-4 border-ink bg-paper px-4 py-3">
      <p className="font-medium">{STATES[report.state]}</p>
      <p className="text-sm text-soft">{when}</p>
      {report.note && <p className="mt-2 break-words whitespace-pre-wrap">{report.note}</p>}
    </div>
  );
}

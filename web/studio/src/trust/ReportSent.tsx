import { useEffect, useRef, useState } from "react";
import type { NewReport } from "../api/types";
import { date, time } from "../lib/format";
import { Button } from "../ui/Button";
import { t } from "../i18n";

/** The number and the secret of a new report, which only this answer contains. */
export function ReportSent({ report, onAnother }: { report: NewReport; onAnother: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [said, setSaid] = useState("");
  useEffect(() => heading.current?.focus(), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(t("Report {id}, secret {token}", { id: report.id, token: report.token }));
      setSaid(t("Copied."));
    } catch {
      setSaid(t("The browser does not allow it. Select and copy them yourself."));
    }
  };
  return (
    <section aria-label={t("Report sent")} className="appear border-s-4 border-ink bg-sheet p-5 sm:p-6">
      <h2 ref={heading} tabIndex={-1} className="text-lg font-semibold tracking-tight outline-none">
        {t("The report was sent")}
      </h2>
      <p className="mt-2">
        {t("Operators decide by {date}, {time}. Keep both of these: only they show you the decision.", {
          date: date(report.due_at),
          time: time(report.due_at),
        })}
      </p>
      <dl className="mt-4 space-y-2">
        {[
          [t("Number"), report.id],
          [t("Secret"), report.token],
        ].map(([name, value]) => (
          <div key={name} className="grid gap-x-6 sm:grid-cols-[6rem_1fr]">
            <dt className="text-soft">{name}</dt>
            <dd className="figures min-w-0 break-all">{value}</dd>
          </div>
        ))}
      </dl>
      <div className="mt-4 flex flex-wrap items-center gap-3">
        <Button onClick={() => void copy()}>{t("Copy both")}</Button>
        <Button variant="quiet" onClick={onAnother}>
          {t("Report another video")}
        </Button>
        <span role="status" className="text-sm">
          {said}
        </span>
      </div>
    </section>
  );
}

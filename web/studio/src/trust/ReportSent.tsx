import { useEffect, useRef, useState } from "react";
import type { NewReport } from "../api/types";
import { date, time } from "../lib/format";
import { Button } from "../ui/Button";

/** The number and the secret of a new report, which only this answer contains. */
export function ReportSent({ report, onAnother }: { report: NewReport; onAnother: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [said, setSaid] = useState("");
  useEffect(() => heading.current?.focus(), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(`Report ${report.id}, secret ${report.token}`);
      setSaid("Copied.");
    } catch {
      setSaid("The browser does not allow it. Select and copy them yourself.");
    }
  };
  return (
    <section aria-label="Report sent" className="appear border-l-4 border-ink bg-sheet p-5 sm:p-6">
      <h2 ref={heading} tabIndex={-1} className="text-lg font-semibold tracking-tight outline-none">The report was sent</h2>
      <p className="mt-2">Operators decide by {date(report.due_at)}, {time(report.due_at)}. Keep both of these: only they show you the decision.</p>
      <dl className="mt-4 space-y-2">
        {[["Number", report.id], ["Secret", report.token]].map(([name, value]) => (
          <div key={name} className="grid gap-x-6 sm:grid-cols-[6rem_1fr]">
            <dt className="text-soft">{name}</dt>
            <dd className="figures min-w-0 break-all">{value}</dd>
          </div>
        ))}
      </dl>
      <div className="mt-4 flex flex-wrap items-center gap-3">
        <Button onClick={() => void copy()}>Copy both</Button>
        <Button variant="quiet" onClick={onAnother}>Report another video</Button>
        <span role="status" className="text-sm">{said}</span>
      </div>
    </section>
  );
}

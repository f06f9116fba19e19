import { size } from "../lib/format";
import { Notice } from "../ui/Notice";
import type { FileCheck } from "./fileCheck";
import { t } from "../i18n";

/** How much of a file has been sent; then that it is checked. */
function Sending({ check: { name, sent, waits } }: { check: FileCheck & { is: "asking" } }) {
  if (sent >= 1)
    return (
      <p role="status" className="py-2 text-sm text-soft">
        {t("Checking {name}", { name })}
      </p>
    );
  const percent = Math.floor(sent * 100);
  return (
    <div className="py-2 text-sm">
      <p role="status" className="text-soft">
        {waits
          ? t("The connection was lost. Sending {name} continues by itself.", { name })
          : t("Sending {name}", { name })}
      </p>
      <div className="mt-1 flex items-center gap-3">
        <div
          role="progressbar"
          aria-label={t("Sending {name}", { name })}
          aria-valuenow={percent}
          aria-valuemin={0}
          aria-valuemax={100}
          className="h-2 flex-1 border border-ink bg-sheet"
        >
          <div className="h-full bg-ink" style={{ width: `${percent}%` }} />
        </div>
        <span className="figures w-12 text-end">{percent}%</span>
      </div>
    </div>
  );
}

/** The server's check of a file, in words. */
export function FileCheckNote({ check, noun }: { check: FileCheck; noun: string }) {
  switch (check.is) {
    case "none":
      return null;
    case "asking":
      return <Sending check={check} />;
    case "accepted":
      return (
        <p role="status" className="py-2 text-sm">
          <span aria-hidden className="me-2">
            ✓
          </span>
          {t("The {noun} was accepted.", { noun })}{" "}
          <span className="figures text-soft">
            {size(check.upload.bytes)}
            {check.upload.scanned ? `, ${t("scanned for viruses")}` : ""}
          </span>
        </p>
      );
    case "refused":
      return (
        <Notice
          title={check.reasons.length ? t("The {noun} was refused: {name}", { noun, name: check.name }) : check.title}
        >
          <ul className="space-y-2">
            {check.reasons.map((reason) => (
              <li key={reason.layer + reason.message}>
                <span className="caption block">{reason.layer}</span>
                {reason.message} <span className="text-soft">{reason.remedy}</span>
              </li>
            ))}
          </ul>
        </Notice>
      );
  }
}

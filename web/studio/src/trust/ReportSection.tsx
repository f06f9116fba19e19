import { useState } from "react";
import type { NewReport } from "../api/types";
import { Button } from "../ui/Button";
import { FollowReport } from "./FollowReport";
import { ReportForm } from "./ReportForm";
import { ReportSent } from "./ReportSent";
import { t } from "../i18n";

/** Report a video, with the file that was verified or with a link; and follow a report. */
export function ReportSection({
  file,
  open: isOpen,
  disabled,
}: {
  file: File | null;
  open: boolean;
  disabled: boolean;
}) {
  const [open, setOpen] = useState(isOpen);
  const [sent, setSent] = useState<NewReport | null>(null);
  return (
    <>
      {!open && !sent && (
        <p className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Button onClick={() => setOpen(true)} disabled={disabled}>
            {file ? t("This shows me: report it") : t("Report a video")}
          </Button>
          <span className="text-sm text-soft">{t("Operators decide within 48 hours.")}</span>
        </p>
      )}
      {open && (
        <ReportForm
          file={file}
          focused={!isOpen}
          disabled={disabled}
          onSent={(report) => {
            setSent(report);
            setOpen(false);
          }}
          onCancel={isOpen ? null : () => setOpen(false)}
        />
      )}
      {sent && (
        <ReportSent
          report={sent}
          onAnother={() => {
            setSent(null);
            setOpen(true);
          }}
        />
      )}
      <FollowReport key={sent?.id ?? ""} known={sent} />
    </>
  );
}

import { useEffect, useState } from "react";
import { Problem } from "../api/client";
import { retry } from "../job/store";
import type { Job } from "../job/view";
import { UseSettings } from "../make/UseSettings";
import { isOfInput, refuseFaceOf } from "../make/failedUploads";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { STAGES } from "./names";
import { t } from "../i18n";

/** Why there is no video, and what to do. */
export function Failed({ job }: { job: Job }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const resume = () => {
    setBusy(true);
    setError("");
    retry(job.id)
      .catch((problem: unknown) => setError(problem instanceof Problem ? problem.message : String(problem)))
      .finally(() => setBusy(false));
  };
  const { code = "", message = "" } = job.failure ?? {};
  const sameAgain = isOfInput(code); // a retry would fail at the same file
  const ofFace = /FACE/.test(code);
  useEffect(() => {
    if (ofFace && sameAgain) refuseFaceOf(job.id, message);
  }, [job.id, ofFace, sameAgain, message]);
  const stage = job.failure?.stage ? STAGES[job.failure.stage] : null;
  const title = job.failure ? job.failure.message : t("You cancelled this video.");
  return (
    <Notice title={title} tone={job.failure ? "trouble" : "calm"}>
      {stage && (
        <p className="text-soft">
          {t("The stage “{stage}” failed. Finished stages are kept.", { stage })}{" "}
          <span className="figures">{job.failure?.code}</span>
        </p>
      )}
      {error && <p>{error}</p>}
      <div className="flex flex-wrap gap-3 pt-2">
        {!sameAgain && (
          <Button disabled={busy} onClick={resume}>
            {job.failure ? t("Retry") : t("Resume")}
          </Button>
        )}
        <UseSettings
          jobId={job.id}
          label={ofFace ? t("Choose another picture") : t("Edit and start again")}
          variant={sameAgain ? "primary" : "quiet"}
        />
      </div>
    </Notice>
  );
}

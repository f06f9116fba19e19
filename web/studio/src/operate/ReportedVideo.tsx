import { useState } from "react";
import { Problem, get } from "../api/client";
import type { FileReport, JobReport } from "../api/types";
import { Button } from "../ui/Button";
import { t } from "../i18n";

/** A video that a report may be about, loaded only when an operator asks for it. */
export function ReportedVideo({ job }: { job: string }) {
  const [url, setUrl] = useState("");
  const [trouble, setTrouble] = useState("");
  const show = async () => {
    try {
      const { links } = await get<JobReport>(`/api/jobs/${job}`);
      const { outputs } = await get<{ outputs: FileReport[] }>(links.outputs);
      const film = outputs.find(({ job_id, kind }) => job_id === job && kind === "final_output");
      if (film) setUrl(film.signed_url);
      else setTrouble(t("Its files are gone."));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setTrouble(problem.message);
    }
  };
  if (trouble)
    return (
      <p role="status" className="min-h-9">
        {trouble}
      </p>
    );
  if (url)
    return (
      <video
        controls
        playsInline
        preload="metadata"
        src={url}
        aria-label={t("The video of {job}", { job })}
        className="max-h-80 max-w-full bg-black"
      />
    );
  return (
    <Button
      className="!min-h-9 !px-3 !py-1 !text-sm"
      aria-label={t("Show the video of {job}", { job })}
      onClick={() => void show()}
    >
      {t("Show the video")}
    </Button>
  );
}

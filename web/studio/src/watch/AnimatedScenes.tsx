import { find, useFile } from "../job/files";
import { jobs } from "../job/store";
import type { Job, Step } from "../job/view";
import { Result } from "./Result";
import { t } from "../i18n";

/** The animated scenes before the final cut, without sound. */
export function AnimatedScenes({ job }: { job: Job }) {
  const files = jobs.use((now) => now.files);
  const moving = job.steps.filter(
    (step) => step.stage === "animate" && find(files, `${job.id}-${step.name}-video.mp4`),
  );
  if (!moving.length) return null;
  return (
    <Result title={t("Scenes")} aside={t("silent")}>
      <ul className="flex gap-3 overflow-x-auto pb-2" tabIndex={0} aria-label={t("Animated scenes")}>
        {moving.map((step) => (
          <Scene key={step.name} job={job} step={step} />
        ))}
      </ul>
    </Result>
  );
}

function Scene({ job, step }: { job: Job; step: Step }) {
  const number = (step.scene ?? 0) + 1;
  const raw = useFile(job, `${step.name}-video.mp4`);
  const enhanced = useFile(job, `enhance.${step.scene}-video.mp4`);
  const still = useFile(job, "enhance-still.png");
  const crop = useFile(job, "face-crop.png");
  const url = enhanced ?? raw;
  if (!url) return null;
  return (
    <li className="appear shrink-0">
      <video
        src={url}
        poster={still ?? crop ?? ""}
        controls
        muted
        loop
        playsInline
        preload="none"
        aria-label={t("Scene {number}", { number })}
        className="h-64 bg-black object-contain"
        style={{ aspectRatio: String(job.options["aspect_ratio"]).replace(":", "/") }}
      />
      <p className="caption mt-1">
        {t("Scene {number}", { number })}
        {enhanced ? `, ${t("sharpened")}` : ""}
      </p>
    </li>
  );
}

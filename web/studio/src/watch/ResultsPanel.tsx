import type { Job } from "../job/view";
import { Panel } from "../ui/Panel";
import { FaceResult } from "./FaceResult";
import { ScriptResult } from "./ScriptResult";
import { StillResult } from "./StillResult";
import { AnimatedScenes } from "./AnimatedScenes";
import { VoiceResults } from "./VoiceResults";
import { t } from "../i18n";

/** The results of the stages so far. */
export function ResultsPanel({ job }: { job: Job }) {
  const any = job.steps.some((step) => step.state === "done");
  if (job.expired) return null;
  return (
    <Panel title={t("Parts")} aside={job.ended === null ? t("finished so far") : t("all stages")}>
      {any ? (
        <div className="grid gap-x-8 gap-y-10 lg:grid-cols-2">
          <ScriptResult job={job} />
          <VoiceResults job={job} />
          <FaceResult job={job} />
          <StillResult job={job} />
          <div className="min-w-0 empty:hidden lg:col-span-2">
            <AnimatedScenes job={job} />
          </div>
        </div>
      ) : (
        <p className="hatched border border-rule px-4 py-10 text-center text-soft">
          <span className="bg-sheet px-3 py-1">
            {t("Script, voices and pictures appear here as they are finished.")}
          </span>
        </p>
      )}
    </Panel>
  );
}

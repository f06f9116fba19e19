import type { Job } from "../job/view";
import { Panel } from "../ui/Panel";
import { FaceResult } from "./FaceResult";
import { ScriptResult } from "./ScriptResult";
import { StillResult } from "./StillResult";
import { Takes } from "./Takes";
import { VoiceResults } from "./VoiceResults";

/** What the stages have made so far, as it comes. */
export function ResultsPanel({ job }: { job: Job }) {
  const any = job.steps.some((step) => step.state === "done");
  if (job.expired) return null;
  return (
    <Panel title="Rushes" aside={job.ended === null ? "what is there so far" : "what it was made of"}>
      {any ? (
        <div className="grid gap-x-8 gap-y-10 lg:grid-cols-2">
          <ScriptResult job={job} />
          <VoiceResults job={job} />
          <FaceResult job={job} />
          <StillResult job={job} />
          <div className="min-w-0 empty:hidden lg:col-span-2"><Takes job={job} /></div>
        </div>
      ) : (
        <p className="hatched border border-rule px-4 py-10 text-center text-soft">
          <span className="bg-sheet px-3 py-1">Script, voices and pictures appear here as they are finished.</span>
        </p>
      )}
    </Panel>
  );
}

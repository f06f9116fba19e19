import { useFile } from "../job/files";
import type { Job, Step } from "../job/view";
import { Result } from "./Result";
import { Waveform } from "./Waveform";
import { t } from "../i18n";

const MATCHES: Record<string, string> = {
  plain: t("default voice"),
  matched: t("matched to the recording"),
  cloned: t("cloned"),
  recorded: t("your recording"),
};

/** The finished voices by scene. */
export function VoiceResults({ job }: { job: Job }) {
  const spoken = job.steps.filter((step) => step.stage === "voice" && step.state === "done");
  if (!spoken.length) return null;
  const match = String(spoken.map((step) => step.facts["match"]).find(Boolean) ?? job.result?.voice_match ?? "");
  return (
    <Result title={t("Voice")} aside={MATCHES[match]}>
      <ul className="space-y-2">
        {spoken.map((step) => (
          <li key={step.name}>
            <Spoken job={job} step={step} />
          </li>
        ))}
      </ul>
    </Result>
  );
}

function Spoken({ job, step }: { job: Job; step: Step }) {
  const url = useFile(job, `${step.name}-speech.wav`);
  if (!url) return null;
  return (
    <div className="grid grid-cols-[2rem_minmax(0,1fr)] items-center gap-2">
      <span className="figures text-soft">{(step.scene ?? 0) + 1}</span>
      <Waveform url={url} label={t("the voice of scene {scene}", { scene: (step.scene ?? 0) + 1 })} />
    </div>
  );
}

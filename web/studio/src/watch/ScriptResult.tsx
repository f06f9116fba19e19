import { useFile } from "../job/files";
import type { Job } from "../job/view";
import { count } from "../lib/format";
import { useJson } from "../lib/json";
import { words } from "../lib/words";
import { Result } from "./Result";
import { t } from "../i18n";

interface Screenplay {
  scenes: { index: number; text: string; estimated_seconds: number }[];
}

/** The screenplay, scene by scene. */
export function ScriptResult({ job }: { job: Job }) {
  const play = useJson<Screenplay>(useFile(job, "script-screenplay.json"));
  if (!play) return null;
  const all = play.scenes.map((scene) => scene.text).join(" ");
  return (
    <Result title={t("Script")} aside={count(words(all), "word")}>
      <ol className="max-h-80 space-y-3 overflow-y-auto pe-2" tabIndex={0} aria-label={t("The script by scenes")}>
        {play.scenes.map((scene) => (
          <li key={scene.index} className="grid grid-cols-[2rem_1fr] gap-2">
            <span className="figures text-soft">{scene.index + 1}</span>
            <p className="leading-relaxed">{scene.text}</p>
          </li>
        ))}
      </ol>
    </Result>
  );
}

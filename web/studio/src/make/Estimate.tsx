import { useEffect } from "react";
import { clock, range } from "../lib/format";
import { Cell, Cells } from "../ui/Cell";
import { Notice } from "../ui/Notice";
import { STAGES } from "../watch/names";
import { capabilities, estimate, lengthOf, look, offers, scenesOf } from "./capabilities";
import { draft } from "./draft";

const WORDS = { real: "", lite: "on a processor", simulated: "simulated" } as Record<string, string>;

/** Before the start: how long the video will be, how long it takes, and who does what. */
export function Estimate() {
  const now = draft.use((d) => d);
  const { now: able, trouble } = capabilities.use((c) => c);
  useEffect(() => void look(), []);
  if (!able) return trouble ? <Notice title={trouble} /> : <p className="caption py-4">Asking who is there</p>;
  const stages = offers(able, now.mode);
  const missing = able.stages.filter((stage) => !stages.some((offer) => offer.stage === stage.stage));
  const scenes = scenesOf(now);
  const length = lengthOf(now);
  const workers = new Set(able.environments.flatMap((environment) => environment.workers)).size;
  const seconds = estimate(stages, scenes, workers);
  return (
    <div className="space-y-4">
      <h2 className="caption">Before the start</h2>
      <Cells label="The estimate">
        <Cell caption="Scenes">{scenes}</Cell>
        <Cell caption="Length">{length ? `~ ${clock(length)}` : "–"}</Cell>
        <Cell caption="Ready in">{seconds ? range(seconds, 0.4) : "–"}</Cell>
        <Cell caption="Workers">{workers}</Cell>
      </Cells>
      {missing.length > 0 && (
        <Notice title={`Nobody is there for: ${missing.map((stage) => STAGES[stage.stage]).join(", ")}.`}>
          {now.mode === "production" ? "Choose another mode, or ask the operator for a worker with the real models." : "The job can be started; it waits until a worker comes."}
        </Notice>
      )}
      <ul className="text-sm">
        {stages.map((offer) => (
          <li key={offer.stage} className="flex justify-between gap-3 border-b border-rule py-1.5">
            <span>{STAGES[offer.stage]}</span>
            <span className="figures truncate text-soft">{offer.engine}{WORDS[offer.kind] && <span className="font-sans"> · {WORDS[offer.kind]}</span>}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

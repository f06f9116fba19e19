import { useEffect } from "react";
import type { Quote } from "../api/types";
import { between, clock, count, duration, time } from "../lib/format";
import { Notice } from "../ui/Notice";
import { STAGES } from "../watch/names";
import { Cost, explainCost } from "./Cost";
import { type Offer, capabilities, loadCapabilities, offers } from "./capabilities";
import { draft } from "./draft";
import { useQuote } from "./quote";

/** The estimate before the start: duration, cost and models. */
export function Estimate() {
  const mode = draft.use((now) => now.mode);
  const able = capabilities.use((now) => now);
  const { now: quote, trouble } = useQuote();
  useEffect(() => void loadCapabilities(), []);
  if (!able.now) return able.trouble ? <Notice title={able.trouble} /> : <p className="caption py-4">Checking workers</p>;
  const here = offers(able.now, mode);
  const missing = quote?.missing ?? able.now.stages.map((one) => one.stage).filter((stage) => !here.some((offer) => offer.stage === stage));
  return (
    <div className="space-y-4">
      <Time quote={quote} />
      {trouble && <p role="alert" className="text-sm">{trouble}</p>}
      {missing.length > 0 && <Missing stages={missing} mode={mode} />}
      {quote?.warnings.map(({ code, message }) => <Notice key={code} tone="calm" title={message} />)}
      <Models engines={quote?.engines ?? here} bill={quote?.cost ? explainCost(quote.cost) : []} />
    </div>
  );
}

function Time({ quote }: { quote: Quote | null }) {
  const range = quote?.seconds_range as [number, number] | null | undefined;
  return (
    <div>
      <div className="flex items-baseline justify-between gap-4">
        <h2 className="caption">Ready in about</h2>
        {quote?.cost && <Cost cost={quote.cost} />}
      </div>
      <p className="figures text-3xl tracking-tight" data-estimate={quote?.seconds ?? ""}>{quote?.seconds ? duration(quote.seconds) : "–"}</p>
      {range && <p className="text-sm text-soft">80% of such videos take {between(...range)}{quote?.based_on_jobs ? ` (based on ${count(quote.based_on_jobs, "video")})` : " (no video has been made here yet)"}.</p>}
      <p className="mt-3 text-sm">{quote ? describe(quote) : "Add a script to see time and cost."}</p>
    </div>
  );
}

function describe({ length_seconds, scenes, workers, ahead, estimated_start }: Quote): string {
  const length = `${clock(length_seconds)} of video in ${count(scenes, "scene")}, on ${count(workers, "worker")}.`;
  if (!ahead) return length;
  const begins = estimated_start ? `; it starts at about ${time(estimated_start)}` : "";
  return `${length} ${count(ahead, "video is", "videos are")} queued before it${begins}.`;
}

function Missing({ stages, mode }: { stages: string[]; mode: string }) {
  return (
    <Notice title={`No worker available for ${stages.map((stage) => STAGES[stage]).join(", ")}.`}>
      {mode === "production" ? "Choose another mode, or ask the operator for a worker with real models." : "You can start the job; it waits for a worker."}
    </Notice>
  );
}

const KINDS: Record<string, string> = { lite: "on CPU", simulated: "simulated" };

/** The model of each stage. */
function Models({ engines, bill }: { engines: Offer[]; bill: string[] }) {
  if (!engines.length) return null;
  const simulated = engines.filter(({ kind }) => kind === "simulated").length;
  return (
    <details className="group text-sm">
      <summary className="flex min-h-11 list-none items-center justify-between gap-3 border-y border-rule hover:text-ink">
        <span>Models used{simulated > 0 && <span className="text-cue">: {simulated === engines.length ? "all" : `${simulated} of ${engines.length}`} simulated</span>}</span>
        <span aria-hidden className="figures text-soft transition-transform group-open:rotate-45">+</span>
      </summary>
      <ul>
        {engines.map(({ stage, engine, kind }) => (
          <li key={stage} className="flex justify-between gap-3 border-b border-rule py-1.5">
            <span>{STAGES[stage]}</span>
            <span className="figures truncate text-soft">{engine}{KINDS[kind] && engine !== kind && <span className="font-sans"> · {KINDS[kind]}</span>}</span>
          </li>
        ))}
      </ul>
      {bill.map((line) => <p key={line} className="pt-2 text-soft">{line}</p>)}
    </details>
  );
}

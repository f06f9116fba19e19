import { useEffect } from "react";
import type { CreditEstimate, Quote } from "../api/types";
import { between, clock, count, duration, time } from "../lib/format";
import { Notice } from "../ui/Notice";
import { STAGES } from "../watch/names";
import { Cost, explainCost } from "./Cost";
import { type Offer, capabilities, loadCapabilities, offers } from "./capabilities";
import { draft } from "./draft";
import { useQuote } from "./quote";
import { t } from "../i18n";

/** The estimate before the start: duration, cost and models. */
export function Estimate() {
  const mode = draft.use((now) => now.mode);
  const able = capabilities.use((now) => now);
  const { now: quote, credits, trouble } = useQuote();
  useEffect(() => void loadCapabilities(), []);
  if (!able.now)
    return able.trouble ? <Notice title={able.trouble} /> : <p className="caption py-4">{t("Checking workers")}</p>;
  const here = offers(able.now, mode);
  const missing =
    quote?.missing ??
    able.now.stages.map((one) => one.stage).filter((stage) => !here.some((offer) => offer.stage === stage));
  return (
    <div className="space-y-4">
      <Time quote={quote} credits={credits} />
      {trouble && (
        <p role="alert" className="text-sm">
          {trouble}
        </p>
      )}
      {missing.length > 0 && <Missing stages={missing} mode={mode} />}
      {quote?.warnings.map(({ code, message }) => (
        <Notice key={code} tone="calm" title={message} />
      ))}
      <Models engines={quote?.engines ?? here} bill={quote?.cost ? explainCost(quote.cost) : []} />
    </div>
  );
}

function Time({ quote, credits }: { quote: Quote | null; credits: CreditEstimate | null }) {
  const range = quote?.seconds_range as [number, number] | null | undefined;
  return (
    <div>
      <div className="flex items-baseline justify-between gap-4">
        <h2 className="caption">{t("Ready in about")}</h2>
        {credits ? <Credits of={credits} /> : quote?.cost && <Cost cost={quote.cost} />}
      </div>
      <p className="figures text-3xl tracking-tight" data-estimate={quote?.seconds ?? ""}>
        {quote?.seconds ? duration(quote.seconds) : "–"}
      </p>
      {range && (
        <p className="text-sm text-soft">
          {t("80% of such videos take {range}.", { range: between(...range) })} {evidence(quote?.based_on_jobs ?? 0)}
        </p>
      )}
      <p className="mt-3 text-sm">{quote ? describe(quote) : t("Add a script to see time and cost.")}</p>
    </div>
  );
}

/** Say on how many videos an estimate rests. */
function evidence(videos: number): string {
  if (!videos) return t("No such video has been made here yet, so this is what the models declare.");
  const found = count(videos, "finished video");
  return videos < ENOUGH
    ? t("Estimated from {videos}, which are few: it may be far off.", { videos: found })
    : t("Estimated from {videos}.", { videos: found });
}

/** The cost in credits, with what a start holds and what is there. */
function Credits({ of: { p50, p90, available } }: { of: CreditEstimate }) {
  return (
    <p className="text-end text-sm" data-credits={p50}>
      <span className="caption me-2">{t("Cost")}</span>
      <span className="figures">{t("{amount} credits", { amount: p50 === p90 ? p50 : `${p50}–${p90}` })}</span>
      {available !== null && (
        <span className={`block ${available < p90 ? "font-medium text-danger" : "text-soft"}`}>
          {t("{available} available", { available })}
        </span>
      )}
    </p>
  );
}

function describe({ length_seconds, scenes, workers, ahead, estimated_start }: Quote): string {
  const length = t("{length} of video in {scenes}, on {workers}.", {
    length: clock(length_seconds),
    scenes: count(scenes, "scene"),
    workers: count(workers, "worker"),
  });
  if (!ahead) return length;
  const videos = count(ahead, "video is", "videos are");
  const queued = estimated_start
    ? t("{videos} queued before it; it starts at about {time}.", { videos, time: time(estimated_start) })
    : t("{videos} queued before it.", { videos });
  return `${length} ${queued}`;
}

function Missing({ stages, mode }: { stages: string[]; mode: string }) {
  return (
    <Notice title={t("No worker available for {stages}.", { stages: stages.map((stage) => STAGES[stage]).join(", ") })}>
      {mode === "production"
        ? t("Choose another mode, or ask the operator for a worker with real models.")
        : t("You can start the job; it waits for a worker.")}
    </Notice>
  );
}

const ENOUGH = 5;

const KINDS: Record<string, string> = { lite: t("on CPU"), simulated: t("simulated") };

/** The model of each stage. */
function Models({ engines, bill }: { engines: Offer[]; bill: string[] }) {
  if (!engines.length) return null;
  const simulated = engines.filter(({ kind }) => kind === "simulated").length;
  return (
    <details className="group text-sm">
      <summary className="flex min-h-11 list-none items-center justify-between gap-3 border-y border-rule hover:text-ink">
        <span>
          {t("Models used")}
          {simulated > 0 && (
            <span className="text-warning">
              :{" "}
              {simulated === engines.length
                ? t("all simulated")
                : t("{simulated} of {all} simulated", { simulated, all: engines.length })}
            </span>
          )}
        </span>
        <span aria-hidden className="figures text-soft transition-transform group-open:rotate-45">
          +
        </span>
      </summary>
      <ul>
        {engines.map(({ stage, engine, kind }) => (
          <li key={stage} className="flex justify-between gap-3 border-b border-rule py-1.5">
            <span>{STAGES[stage]}</span>
            <span className="figures truncate text-soft">
              {engine}
              {KINDS[kind] && engine !== kind && <span className="font-sans"> · {KINDS[kind]}</span>}
            </span>
          </li>
        ))}
      </ul>
      {bill.map((line) => (
        <p key={line} className="pt-2 text-soft">
          {line}
        </p>
      ))}
    </details>
  );
}

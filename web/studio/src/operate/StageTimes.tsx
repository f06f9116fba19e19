import type { Operations } from "../api/types";
import { count, duration, time } from "../lib/format";
import { STAGES } from "../watch/names";

/** The duration of each stage over time. */
export function StageTimes({ operations }: { operations: Operations }) {
  return (
    <ul className="grid grid-cols-2 gap-6 sm:grid-cols-3 lg:grid-cols-6">
      {operations.stages.map((stage) => (
        <li key={stage.stage}>
          <p className="caption">{STAGES[stage.stage]}</p>
          <p className="figures text-xl">{stage.median_seconds == null ? "–" : duration(stage.median_seconds)}</p>
          <Bars
            values={stage.medians as (number | null)[]}
            since={operations.since}
            width={operations.bucket_seconds}
          />
          <p className="caption">{count(stage.runs, "run")}</p>
        </li>
      ))}
    </ul>
  );
}

const TALL = 32;

function Bars({ values, since, width }: { values: (number | null)[]; since: string; width: number }) {
  const most = Math.max(...values.map((value) => value ?? 0), 1e-9);
  const when = (index: number) => time(Date.parse(since) + index * width * 1000);
  return (
    <svg
      viewBox={`0 0 ${values.length * 4} ${TALL}`}
      preserveAspectRatio="none"
      className="my-1 h-10 w-full border-b border-ink"
      aria-hidden
    >
      {values.map(
        (value, index) =>
          value !== null && (
            <rect
              key={index}
              x={index * 4 + 0.5}
              width={3}
              y={TALL - Math.max(1, (value / most) * TALL)}
              height={TALL}
              className="fill-ink"
            >
              <title>
                {when(index)}: {duration(value)}
              </title>
            </rect>
          ),
      )}
    </svg>
  );
}

import type { Operations } from "../api/types";
import { count, duration } from "../lib/format";
import { STAGES } from "../watch/names";

/** Small multiples: how long each stage took, over time. */
export function StageTimes({ operations }: { operations: Operations }) {
  return (
    <ul className="grid grid-cols-2 gap-6 sm:grid-cols-3 lg:grid-cols-6">
      {operations.stages.map((stage) => (
        <li key={stage.stage}>
          <p className="caption">{STAGES[stage.stage]}</p>
          <p className="figures text-xl">{stage.median_seconds == null ? "–" : duration(stage.median_seconds)}</p>
          <Line values={stage.medians as (number | null)[]} />
          <p className="caption">{count(stage.runs, "run")}</p>
        </li>
      ))}
    </ul>
  );
}

function Line({ values }: { values: (number | null)[] }) {
  const most = Math.max(...values.map((value) => value ?? 0), 1e-9);
  const places = values.flatMap((value, index) => (value === null ? [] : [{ x: index * 4 + 2, y: 30 - (value / most) * 26 }]));
  return (
    <svg viewBox={`0 0 ${values.length * 4} 32`} preserveAspectRatio="none" className="my-1 h-10 w-full border-b border-rule" aria-hidden>
      <polyline points={places.map(({ x, y }) => `${x},${y}`).join(" ")} fill="none" className="stroke-ink" strokeWidth={1.5} vectorEffect="non-scaling-stroke" />
      {places.map(({ x, y }) => <rect key={x} x={x - 1} y={y - 1} width={2} height={2} className="fill-cue" />)}
    </svg>
  );
}

import type { Block } from "../job/timeline";
import { duration } from "../lib/format";
import { STAGES } from "./names";
import { t } from "../i18n";

const LOOKS = {
  waiting: "hatched border border-rule text-soft",
  running: "border border-recording bg-recording-wash text-ink",
  done: "bg-ink text-sheet border border-ink border-e-2 border-e-sheet",
  failed: "border-2 border-ink bg-sheet text-ink font-semibold",
  dropped: "border border-dashed border-soft text-soft",
};

/** A stage of a scene on the timeline, as a button that shows its details. */
export function StepBar({
  block,
  from,
  width,
  chosen,
  onChoose,
}: {
  block: Block;
  /** Where it begins on the line of time. */
  from: string;
  width: string;
  chosen: boolean;
  onChoose: () => void;
}) {
  const { step } = block;
  const name = STAGES[step.stage] ?? step.stage;
  const found = step.state === "done" && step.found;
  const colours = found ? "bg-paper text-soft border border-soft" : LOOKS[step.state];
  return (
    <button
      type="button"
      onClick={onChoose}
      aria-pressed={chosen}
      aria-label={`${name}${step.scene === null ? "" : `, ${t("scene {number}", { number: step.scene + 1 })}`}: ${describe(block)}`}
      data-step={step.name}
      data-state={step.state}
      className={`@container absolute top-2 h-8 min-w-1 overflow-hidden text-start transition-[inset-inline-start,width] duration-300 ease-linear ${colours} ${chosen ? "outline-2 outline-offset-1 outline-ink" : ""}`}
      style={{ insetInlineStart: from, width: `max(${width}, 4px)` }}
    >
      {step.state === "running" && (
        <span
          aria-hidden
          className="running absolute inset-y-0 start-0 w-full origin-left rtl:origin-right bg-recording/30 transition-transform duration-150"
          style={{ transform: `scaleX(${step.percent / 100})` }}
        />
      )}
      <span className="relative hidden truncate px-1.5 text-xs leading-8 @min-[2.75rem]:block">
        {step.state === "failed" ? "✕ " : found ? "↺ " : ""}
        {name}
      </span>
    </button>
  );
}

export function describe({ step, from, to }: Block): string {
  switch (step.state) {
    case "waiting":
      return t("waiting");
    case "running":
      return t("running, {percent} percent", { percent: Math.round(step.percent) });
    case "done":
      return step.found ? t("reused") : t("done in {duration}", { duration: duration(to - from) });
    case "failed":
      return t("failed");
    case "dropped":
      return t("stopped");
  }
}

import { useState } from "react";
import { timeline } from "../job/timeline";
import type { Job } from "../job/view";
import { useNow } from "../lib/now";
import { serverNow } from "../live/connection";
import { Panel } from "../ui/Panel";
import { StepBar } from "./StepBar";
import { StepNote } from "./StepNote";
import { t } from "../i18n";

/** The pipeline as it happens: a row for each scene, a block for each stage. */
export function TimelinePanel({ job }: { job: Job }) {
  useNow(job.ended === null ? 250 : 0);
  const [chosen, setChosen] = useState<string | null>(null);
  const { rows, span, now } = timeline(job, serverNow());
  const at = (seconds: number) => `${(seconds / span) * 100}%`;
  const step = job.steps.find((one) => one.name === chosen) ?? current(job);
  if (!rows.length)
    return (
      <Panel title={t("Stages")}>
        <p className="text-soft">{t("Planning.")}</p>
      </Panel>
    );
  return (
    <Panel title={t("Stages")} aside={<Legend />}>
      <div className="relative">
        <div className="divide-y divide-rule border-b border-rule">
          {rows.map((row) => (
            <div
              key={row.name}
              className="grid grid-cols-[5.5rem_minmax(0,1fr)] items-center sm:grid-cols-[7rem_minmax(0,1fr)]"
            >
              <h3 className="caption py-4">{rowTitle(row.name)}</h3>
              <div className="relative h-12">
                {row.blocks.map((block) => (
                  <StepBar
                    key={block.step.name}
                    block={block}
                    from={at(block.from)}
                    width={at(Math.max(block.to - block.from, 0))}
                    chosen={step?.name === block.step.name}
                    onChoose={() => setChosen(block.step.name)}
                  />
                ))}
              </div>
            </div>
          ))}
        </div>
        <Axis span={span} now={job.ended === null ? now : null} at={at} />
      </div>
      {step && <StepNote step={step} job={job} />}
    </Panel>
  );
}

const ROWS: Record<string, string> = { Script: t("Script"), Face: t("Face"), "Final cut": t("Final cut") };

function rowTitle(name: string): string {
  return ROWS[name] ?? t("Scene {number}", { number: Number(name.replace(/\D/g, "")) });
}

/** Return the step to show by default: failed, running or next. */
function current(job: Job) {
  const by = (state: string) => job.steps.find((step) => step.state === state);
  return by("failed") ?? by("running") ?? (job.ended === null ? by("waiting") : job.steps.at(-1));
}

function Axis({ span, now, at }: { span: number; now: number | null; at: (seconds: number) => string }) {
  const gap = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800].find((step) => span / step <= 6) ?? 3600;
  const ticks = Array.from({ length: Math.floor((span * 0.96) / gap) + 1 }, (_, index) => index * gap);
  return (
    <div aria-hidden className="grid grid-cols-[5.5rem_minmax(0,1fr)] sm:grid-cols-[7rem_minmax(0,1fr)]">
      <span />
      <div className="relative h-6">
        {ticks.map((tick) => (
          <span
            key={tick}
            className="caption absolute top-1 -translate-x-1/2 whitespace-nowrap first:translate-x-0 rtl:not-first:translate-x-1/2"
            style={{ insetInlineStart: at(tick) }}
          >
            {gap >= 60 ? `${tick / 60} min` : `${tick} s`}
          </span>
        ))}
        {now !== null && (
          <span
            className="absolute bottom-full h-[100vh] max-h-[calc(100%*12)] w-px bg-recording/60"
            style={{ insetInlineStart: at(now), clipPath: "inset(0)" }}
          />
        )}
      </div>
    </div>
  );
}

function Legend() {
  return (
    <span className="hidden gap-4 sm:flex">
      <span>
        <i className="me-1.5 inline-block size-2.5 bg-ink" />
        {t("done")}
      </span>
      <span>
        <i className="me-1.5 inline-block size-2.5 border border-soft bg-paper" />
        {t("reused")}
      </span>
      <span>
        <i className="me-1.5 inline-block size-2.5 bg-recording" />
        {t("running")}
      </span>
      <span>
        <i className="hatched me-1.5 inline-block size-2.5 border border-rule" />
        {t("expected")}
      </span>
    </span>
  );
}

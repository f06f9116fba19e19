import type { Job, Step } from "./view";

/** A step on the time axis, in seconds since the start of the job. */
export interface Block {
  step: Step;
  from: number;
  to: number;
  /** Whether it has begun; the others are placed where they are expected. */
  real: boolean;
}

export interface Timeline {
  rows: { name: string; blocks: Block[] }[];
  /** Seconds that the axis shows. */
  span: number;
  now: number;
}

const SHORTEST = 0.25;
const FALLBACK = 3;

/** Place every step: past ones at their times, future ones after those they wait for. */
export function timeline(job: Job, now: number): Timeline {
  const start = Math.min(
    job.began ?? now,
    ...job.steps.map((step) => step.began ?? step.ended ?? Number.POSITIVE_INFINITY),
  );
  const since = (when: number) => Math.max(0, (when - start) / 1000);
  const open = job.ended === null;
  const current = since(open ? now : (job.ended ?? now));
  const blocks = new Map<string, Block>();
  const free = open ? lanes(job, since, current) : null;
  for (const step of order(job.steps)) {
    blocks.set(step.name, block(step, job.steps, blocks, since, current, open, free));
  }
  const all = [...blocks.values()].map(stretched(job, [...blocks.values()], current));
  const span = Math.max(1, current, ...all.map((one) => one.to));
  return { rows: rows(all), span: span * 1.02, now: current };
}

function block(
  step: Step,
  steps: Step[],
  placed: Map<string, Block>,
  since: (when: number) => number,
  now: number,
  open: boolean,
  free: number[] | null,
): Block {
  const expected = Math.max(SHORTEST, step.expected ?? FALLBACK);
  if (step.state === "done" && step.ended !== null && step.began === null) {
    const when = since(step.ended); // reused, so it never began
    return { step, from: when, to: when, real: true };
  }
  if (step.began !== null && step.state !== "waiting") {
    const from = since(step.began);
    if (step.ended !== null) return { step, from, to: Math.max(since(step.ended), from), real: true };
    if (!open) return { step, from, to: Math.max(now, from), real: true };
    return { step, from, to: Math.max(now, from + expected), real: true };
  }
  const needs = dependencies(step, steps).map((name) => placed.get(name)?.to ?? 0);
  const ready = Math.max(now, 0, ...needs);
  if (!free?.length) return { step, from: ready, to: ready + expected, real: false };
  const next = free.indexOf(Math.min(...free));
  const from = Math.max(ready, free[next] ?? 0);
  free[next] = from + expected;
  return { step, from, to: from + expected, real: false };
}

/** When each of the workers that the forecast of the server counts on is free; null: it has made none. */
function lanes(job: Job, since: (when: number) => number, now: number): number[] | null {
  if (!job.eta) return null;
  const left = (step: Step): number => {
    if (step.state !== "waiting" && step.state !== "running") return 0;
    const done = step.state === "running" && step.began !== null ? now - since(step.began) : 0;
    return Math.max(0, (step.expected ?? FALLBACK) - done);
  };
  const work = job.steps.reduce((sum, step) => sum + left(step), 0);
  const running = job.steps.filter((step) => step.state === "running");
  const workers = Math.max(1, running.length, Math.min(job.steps.length, Math.round(work / job.eta)));
  return Array.from({ length: workers }, (_, number) => now + (running[number] ? left(running[number]) : 0));
}

/** Return how to place a block so that the plan ends when the forecast says: the page has one clock. */
function stretched(job: Job, all: Block[], now: number): (block: Block) => Block {
  const rest = Math.max(...all.map((one) => one.to)) - now;
  if (!job.eta || job.ended !== null || rest <= 0) return (block) => block;
  const factor = job.eta / rest;
  const moved = (when: number) => (when > now ? now + (when - now) * factor : when);
  return (block) => ({ ...block, from: moved(block.from), to: moved(block.to) });
}

/** Return the steps that a step waits for, in the order of the pipeline. */
export function dependencies(step: Step, steps: Step[]): string[] {
  const named = (stage: string, scene = step.scene) =>
    steps
      .filter((other) => other.stage === stage && (scene === null || other.scene === scene))
      .map((other) => other.name);
  const still = steps.filter((other) => other.stage === "enhance" && other.scene === null).map((other) => other.name);
  switch (step.stage) {
    case "voice":
      return named("script", null);
    case "animate":
      return [...named("voice"), ...named("face", null), ...still];
    case "enhance":
      return step.scene === null ? named("face", null) : named("animate");
    case "assemble":
      return steps.filter((other) => other.stage !== "assemble").map((other) => other.name);
    default:
      return [];
  }
}

const RANK = ["script", "face", "enhance", "voice", "animate", "assemble"];

function order(steps: Step[]): Step[] {
  // A scene's enhancement follows its animation; the still's comes before.
  const rank = (step: Step) => (step.stage === "enhance" && step.scene !== null ? 4.5 : RANK.indexOf(step.stage));
  return [...steps].sort((a, b) => rank(a) - rank(b) || (a.scene ?? -1) - (b.scene ?? -1));
}

function rows(blocks: Block[]): Timeline["rows"] {
  const found = new Map<string, Block[]>();
  for (const one of blocks) {
    const { stage, scene } = one.step;
    const name =
      scene !== null
        ? `Scene ${scene + 1}`
        : stage === "script"
          ? "Script"
          : stage === "assemble"
            ? "Final cut"
            : "Face";
    found.set(name, [...(found.get(name) ?? []), one]);
  }
  const rank = (name: string) =>
    name === "Script" ? 0 : name === "Face" ? 1 : name === "Final cut" ? 1000 : 1 + Number(name.slice(6));
  return [...found.entries()]
    .map(([name, list]) => ({ name, blocks: list }))
    .sort((a, b) => rank(a.name) - rank(b.name));
}

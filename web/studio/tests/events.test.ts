import { describe, expect, it } from "vitest";
import { apply } from "../src/job/events";
import { timeline } from "../src/job/timeline";
import { type Job, fromReport } from "../src/job/view";
import { event, report } from "./samples";

const job = (): Job => fromReport(report());

describe("a job that receives events", () => {
  it("follows a step from start to end", () => {
    let now = apply(
      job(),
      event("stage_started", "1000-0", { stage: "voice", scene: 0, details: { engine: "piper", worker: "lite@here" } }),
    );
    now = apply(now, event("progress_update", "1500-0", { stage: "voice", scene: 0, details: { stage_percent: 40 } }));
    expect(step(now, "voice.0")).toMatchObject({
      state: "running",
      percent: 40,
      engine: "piper",
      worker: "lite@here",
      began: 1000,
    });
    now = apply(now, event("stage_completed", "2000-0", { stage: "voice", scene: 0, details: { found: false } }));
    expect(step(now, "voice.0")).toMatchObject({ state: "done", percent: 100, ended: 2000 });
  });

  it("never goes backwards when an event is late", () => {
    let now = apply(job(), event("stage_completed", "2000-0", { stage: "voice", scene: 0, progress_percent: 30 }));
    now = apply(now, event("progress_update", "1500-0", { stage: "voice", scene: 0, progress_percent: 20 }));
    expect(now.percent).toBe(30);
    expect(step(now, "voice.0").state).toBe("done");
  });

  it("lets a retryable step wait, and fails any other", () => {
    const failed = (retryable: boolean) =>
      event("stage_failed", "1000-0", { stage: "script", details: { retryable, user_message: "Busy." } });
    expect(step(apply(job(), failed(true)), "script")).toMatchObject({ state: "waiting", error: "Busy." });
    expect(step(apply(job(), failed(false)), "script").state).toBe("failed");
  });

  it("forgets the steps of an older plan", () => {
    const done = apply(
      job(),
      event("stage_completed", "2000-0", { stage: "voice", scene: 0, details: { attempt: 1 } }),
    );
    const revised = fromReport(
      report({ revision: 2, revisions: [{ why: "" }, { why: "voice continues with kokoro." }] as never }),
      done,
    );
    expect(step(revised, "voice.0").state).toBe("waiting");
    expect(revised.revised).toBe("voice continues with kokoro.");
  });

  it("ignores events after its end", () => {
    let now = apply(
      job(),
      event("pipeline_failed", "3000-0", {
        details: { error_code: "NO_FACE", user_message: "No face.", stage: "face" },
      }),
    );
    expect(now.failure).toEqual({ code: "NO_FACE", stage: "face", message: "No face." });
    now = apply(now, event("progress_update", "3500-0", { stage: "voice", scene: 0, progress_percent: 90 }));
    expect(now.state).toBe("failed");
    expect(now.percent).toBe(0);
  });

  it("keeps a finished step when the report is older", () => {
    const done = apply(
      job(),
      event("stage_completed", "2000-0", { stage: "voice", scene: 0, details: { attempt: 1 } }),
    );
    expect(step(fromReport(report(), done), "voice.0").state).toBe("done");
  });
});

describe("the timeline", () => {
  it("places a waiting step after those it waits for", () => {
    const { rows } = timeline(job(), 0);
    const block = (name: string) => rows.flatMap((row) => row.blocks).find((one) => one.step.name === name)!;
    expect(block("animate.0").from).toBeGreaterThanOrEqual(block("voice.0").to);
    expect(block("assemble").from).toBeGreaterThanOrEqual(block("animate.1").to);
    expect(rows.map((row) => row.name)).toEqual(["Script", "Face", "Scene 1", "Scene 2", "Final cut"]);
  });

  it("ends when the forecast of the server says", () => {
    const { rows } = timeline({ ...job(), eta: 100 }, 0);
    const ends = rows.flatMap((row) => row.blocks).map((block) => block.to);
    expect(Math.max(...ends)).toBeCloseTo(100);
  });

  it("counts on as many workers as the forecast", () => {
    const many = {
      ...job(),
      eta: 60,
      steps: Array.from({ length: 30 }, (_, scene) => ({
        ...step(job(), "voice.0"),
        name: `voice.${scene}`,
        scene,
        expected: 4,
      })),
    };
    const blocks = timeline(many, 0).rows.flatMap((row) => row.blocks);
    const atOnce = (when: number) => blocks.filter(({ from, to }) => from <= when && when < to).length;
    expect(Math.max(...blocks.map(({ from }) => atOnce(from)))).toBe(2);
  });

  it("places a reused step at the time of its reuse", () => {
    const found = apply(
      job(),
      event("stage_completed", "3000-0", { stage: "voice", scene: 0, details: { found: true, seconds: 0 } }),
    );
    const report = {
      ...found,
      steps: found.steps.map((one) => (one.name === "voice.0" ? { ...one, began: null } : one)),
    };
    const block = timeline(report, 5000)
      .rows.flatMap((row) => row.blocks)
      .find((one) => one.step.name === "voice.0")!;
    expect(block.to - block.from).toBe(0);
  });

  it("does not move a finished step", () => {
    let now = apply(job(), event("stage_started", "1000-0", { stage: "script" }));
    now = apply(now, event("stage_completed", "3000-0", { stage: "script" }));
    const [script] = timeline(now, 60_000).rows[0]!.blocks;
    expect(script).toMatchObject({ from: 0, to: 2, real: true });
  });
});

function step(now: Job, name: string) {
  const found = now.steps.find((one) => one.name === name);
  if (!found) throw new Error(`no step ${name}`);
  return found;
}

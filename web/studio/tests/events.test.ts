import { describe, expect, it } from "vitest";
import { apply } from "../src/job/events";
import { timeline } from "../src/job/timeline";
import { type Job, fromReport } from "../src/job/view";
import { event, report } from "./samples";

const job = (): Job => fromReport(report());

describe("a job that hears events", () => {
  it("follows a step from its begin to its end", () => {
    let now = apply(job(), event("stage_started", "1000-0", { stage: "voice", scene: 0, details: { engine: "piper", worker: "lite@here" } }));
    now = apply(now, event("progress_update", "1500-0", { stage: "voice", scene: 0, details: { stage_percent: 40 } }));
    expect(step(now, "voice.0")).toMatchObject({ state: "running", percent: 40, engine: "piper", worker: "lite@here", began: 1000 });
    now = apply(now, event("stage_completed", "2000-0", { stage: "voice", scene: 0, details: { found: false } }));
    expect(step(now, "voice.0")).toMatchObject({ state: "done", percent: 100, ended: 2000 });
  });

  it("never goes backwards, however late an event is told", () => {
    let now = apply(job(), event("stage_completed", "2000-0", { stage: "voice", scene: 0, progress_percent: 30 }));
    now = apply(now, event("progress_update", "1500-0", { stage: "voice", scene: 0, progress_percent: 20 }));
    expect(now.percent).toBe(30);
    expect(step(now, "voice.0").state).toBe("done");
  });

  it("lets a step wait that is tried again, and fails one that is not", () => {
    const failed = (retryable: boolean) => event("stage_failed", "1000-0", { stage: "script", details: { retryable, user_message: "Busy." } });
    expect(step(apply(job(), failed(true)), "script")).toMatchObject({ state: "waiting", error: "Busy." });
    expect(step(apply(job(), failed(false)), "script").state).toBe("failed");
  });

  it("forgets the steps of a plan that is not the present one", () => {
    const told = apply(job(), event("stage_completed", "2000-0", { stage: "voice", scene: 0, details: { attempt: 1 } }));
    const revised = fromReport(report({ revision: 2, revisions: [{ why: "" }, { why: "voice goes on with kokoro." }] as never }), told);
    expect(step(revised, "voice.0").state).toBe("waiting");
    expect(revised.revised).toBe("voice goes on with kokoro.");
  });

  it("is over after its end, and opened again by a new plan", () => {
    let now = apply(job(), event("pipeline_failed", "3000-0", { details: { error_code: "NO_FACE", user_message: "No face.", stage: "face" } }));
    expect(now.failure).toEqual({ code: "NO_FACE", stage: "face", message: "No face." });
    now = apply(now, event("progress_update", "3500-0", { stage: "voice", scene: 0, progress_percent: 90 }));
    expect(now.state).toBe("failed");
    expect(now.percent).toBe(0);
  });

  it("keeps a step that was told done when the ledger's answer is older", () => {
    const told = apply(job(), event("stage_completed", "2000-0", { stage: "voice", scene: 0, details: { attempt: 1 } }));
    expect(step(fromReport(report(), told), "voice.0").state).toBe("done");
  });
});

describe("the time line", () => {
  it("puts what waits after what it waits for", () => {
    const { rows } = timeline(job(), 0);
    const block = (name: string) => rows.flatMap((row) => row.blocks).find((one) => one.step.name === name)!;
    expect(block("animate.0").from).toBeGreaterThanOrEqual(block("voice.0").to);
    expect(block("assemble").from).toBeGreaterThanOrEqual(block("animate.1").to);
    expect(rows.map((row) => row.name)).toEqual(["Script", "Face", "Scene 1", "Scene 2", "Final cut"]);
  });

  it("puts what was found where it was found, whatever was expected of it", () => {
    const found = apply(job(), event("stage_completed", "3000-0", { stage: "voice", scene: 0, details: { found: true, seconds: 0 } }));
    const report = { ...found, steps: found.steps.map((one) => (one.name === "voice.0" ? { ...one, began: null } : one)) };
    const block = timeline(report, 5000).rows.flatMap((row) => row.blocks).find((one) => one.step.name === "voice.0")!;
    expect(block.to - block.from).toBe(0);
  });

  it("leaves what has ended where it was", () => {
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

import { get } from "../api/client";
import type { Capabilities } from "../api/types";
import { createStore } from "../lib/store";
import { spokenSeconds } from "../lib/words";
import type { Draft } from "./draft";

/** What the system can do now; asked for when the form is opened. */
export const capabilities = createStore<{ now: Capabilities | null; trouble: string }>({
  now: null,
  trouble: "",
});

export async function look(): Promise<void> {
  try {
    capabilities.set({ now: await get<Capabilities>("/capabilities"), trouble: "" });
  } catch (problem) {
    capabilities.set({ trouble: (problem as Error).message });
  }
}

/** A stage as it would be carried out: by which engine, and in how many seconds. */
export interface Offer {
  stage: string;
  engine: string;
  kind: string;
  seconds: number;
}

export function offers(now: Capabilities, mode: string): Offer[] {
  return now.stages.flatMap((stage) => {
    const choice = stage.now[mode || now.default_mode];
    if (!choice) return [];
    const seconds = (choice as { seconds?: number }).seconds ?? 0;
    return [{ stage: stage.stage, engine: choice.name, kind: choice.kind, seconds }];
  });
}

const SCENE_SECONDS = 5;

/** Scenes as the splitter makes them, near enough for an estimate: a breath each. */
export function scenesOf(draft: Draft): number {
  if (draft.source === "topic") return draft.scenes;
  if (draft.source === "recording") return 1;
  const sentences = draft.script.split(/[.!?…]+\s/).filter((part) => /[\p{L}\p{N}]/u.test(part)).length;
  return Math.max(1, Math.min(sentences, Math.ceil(spokenSeconds(draft.script) / 2)));
}

export function lengthOf(draft: Draft): number | null {
  if (draft.source === "recording") return null;
  return draft.source === "topic" ? draft.scenes * SCENE_SECONDS : spokenSeconds(draft.script);
}

/** Seconds until the video is there: scenes share the workers, the rest is done once. */
export function estimate(stages: Offer[], scenes: number, workers: number): number {
  const of = (name: string) => stages.find((stage) => stage.stage === name)?.seconds ?? 0;
  const rounds = Math.ceil(scenes / Math.max(1, workers));
  const once = Math.max(of("script"), of("face") + of("enhance")) + of("assemble");
  return once + rounds * (of("voice") + of("animate"));
}

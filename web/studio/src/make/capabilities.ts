import { get } from "../api/client";
import type { Capabilities } from "../api/types";
import { createStore } from "../lib/store";

/** What the server offers, with the engines of live workers; loaded when the form is opened. */
export const capabilities = createStore<{ now: Capabilities | null; trouble: string }>({
  now: null,
  trouble: "",
});

let loading: Promise<void> | null = null;

/** An answer is as good as new for so long: several parts of a page ask at once. */
const FRESH_MS = 2_000;
let loadedAt = Number.NEGATIVE_INFINITY;

export function loadCapabilities(): Promise<void> {
  if (performance.now() - loadedAt < FRESH_MS) return Promise.resolve();
  loading ??= load().finally(() => (loading = null));
  return loading;
}

async function load(): Promise<void> {
  try {
    capabilities.set({ now: await get<Capabilities>("/capabilities"), trouble: "" });
    loadedAt = performance.now();
  } catch (problem) {
    capabilities.set({ trouble: (problem as Error).message });
  }
}

/** A stage and the engine that would run it. */
export interface Offer {
  stage: string;
  engine: string;
  kind: string;
}

/** Return the engine of each stage in a mode, before a script is known. */
export function offers(now: Capabilities, mode: string): Offer[] {
  return now.stages.flatMap((stage) => {
    const choice = stage.now[mode || now.default_mode];
    return choice ? [{ stage: stage.stage, engine: choice.name, kind: choice.kind }] : [];
  });
}

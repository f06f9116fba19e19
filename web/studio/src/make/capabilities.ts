import { get } from "../api/client";
import type { Capabilities } from "../api/types";
import { createStore } from "../lib/store";

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

/** A stage as it would be carried out, and by which engine. */
export interface Offer {
  stage: string;
  engine: string;
  kind: string;
}

/** Who would do it in a mode, before it is known what. */
export function offers(now: Capabilities, mode: string): Offer[] {
  return now.stages.flatMap((stage) => {
    const choice = stage.now[mode || now.default_mode];
    return choice ? [{ stage: stage.stage, engine: choice.name, kind: choice.kind }] : [];
  });
}

import { get } from "../api/client";
import type { JobReport } from "../api/types";
import { readStored, writeStored } from "../lib/memory";
import { type Draft, EMPTY, change, draft } from "./draft";
import { fromOptions } from "./options";
import { scriptOf } from "./scenes";

interface Screenplay {
  scenes: { text: string }[];
}

/** Return the form of an earlier job, of this session or of the library. */
export async function formOf(jobId: string): Promise<Partial<Draft>> {
  const { options } = await get<JobReport>(`/api/jobs/${jobId}`);
  return fromOptions(options as Record<string, unknown>);
}

/** Return the form of a job with its script by scenes, as they were spoken. */
export async function scenesFormOf(jobId: string, screenplayUrl: string): Promise<Partial<Draft>> {
  const [form, play] = await Promise.all([formOf(jobId), get<Screenplay>(screenplayUrl)]);
  return { ...form, source: "script", script: scriptOf(play.scenes.map(({ text }) => text)), byScene: true };
}

/** Note that the form as it is has become a job, so that nothing is lost if it is replaced. */
export function rememberStarted(): void {
  writeStored("started", JSON.stringify(draft.get()));
}

/** Return whether the form has something that would be lost. */
export function wouldLose(next: Partial<Draft>): boolean {
  const now = draft.get();
  if (readStored("started") === JSON.stringify(now)) return false;
  const names = Object.keys(next) as (keyof Draft)[];
  return names.some((name) => differs(now[name], EMPTY[name]) && differs(now[name], next[name]));
}

/** Replace the form with that of a job; what the job did not choose is as at first. */
export function recall(next: Partial<Draft>): void {
  const { subject, face } = draft.get();
  change({ ...EMPTY, subject, face, ...next });
}

function differs(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}

import { readStored, writeStored } from "../lib/memory";
import { createStore } from "../lib/store";

export type Aspect = "9:16" | "16:9" | "1:1";
export type Quality = "fast" | "balanced" | "best";
export type Mode = "auto" | "production" | "simulation";
export type Source = "script" | "topic" | "recording";

/** The contents of the form, which survive a reload. */
export interface Draft {
  source: Source;
  script: string;
  topic: string;
  scenes: number;
  aspect: Aspect;
  height: string;
  captions: boolean;
  label: boolean;
  quality: Quality;
  mode: Mode | "";
  matchVoice: boolean;
  /** The id of a voice; empty: the default of the script's language. */
  voice: string;
  subject: string;
  /** The face that was clicked, of this upload; null: the only or largest one. */
  face: { upload: string; index: number } | null;
}

export const EMPTY: Draft = {
  source: "script",
  script: "",
  topic: "",
  scenes: 3,
  aspect: "9:16",
  height: "720",
  captions: true,
  label: true,
  quality: "balanced",
  mode: "",
  matchVoice: false,
  voice: "",
  subject: "",
  face: null,
};

function saved(): Draft {
  try {
    return { ...EMPTY, ...(JSON.parse(readStored("draft") ?? "{}") as Partial<Draft>) };
  } catch {
    return EMPTY;
  }
}

export const draft = createStore<Draft>(saved());

export function change(part: Partial<Draft>): void {
  draft.set(part);
  writeStored("draft", JSON.stringify(draft.get()));
}

/** Return whether there is text to speak; a recording is checked elsewhere. */
export function hasText(now: Draft): boolean {
  const typed = { script: now.script, topic: now.topic, recording: "a recording" }[now.source];
  return /[\p{L}\p{N}]/u.test(typed);
}

/** Return the options of the form for the API. */
export function asOptions(now: Draft): Record<string, unknown> {
  const words =
    now.source === "script"
      ? { script: now.script }
      : now.source === "topic"
        ? { topic: now.topic, scenes: now.scenes }
        : { use_audio_as_is: true };
  return {
    ...words,
    aspect_ratio: now.aspect,
    height: Number(now.height),
    captions: now.captions,
    label: now.label,
    quality: now.quality,
    ...(now.mode ? { mode: now.mode } : {}),
    ...(now.matchVoice && now.source !== "recording" ? { match_voice: true } : {}),
    ...speech(now),
  };
}

/** The chosen voice speaks its own language; otherwise the script decides. */
function speech(now: Draft): Record<string, unknown> {
  if (now.source === "recording") return {};
  return now.voice ? { voice: { id: now.voice } } : { language: "auto" };
}

/** Return the body of a start request. */
export function asRequest(now: Draft, sessionId: string): Record<string, unknown> {
  const subject = now.subject.trim();
  const consent = { subject, statement: "Agrees to this video of their face and voice." };
  return { session_id: sessionId, ...asOptions(now), ...(subject ? { consent } : {}) };
}

/** Return the form of a job. */
export function fromOptions(options: Record<string, unknown>): Partial<Draft> {
  const script = options["script"] as string | null;
  const topic = options["topic"] as string | null;
  return {
    source: options["use_audio_as_is"] ? "recording" : topic ? "topic" : "script",
    ...(script ? { script } : {}),
    ...(topic ? { topic, scenes: Number(options["scenes"] ?? 3) } : {}),
    aspect: options["aspect_ratio"] as Aspect,
    height: String(options["height"]),
    captions: options["captions"] === true,
    label: options["label"] === true,
    quality: options["quality"] as Quality,
    mode: options["mode"] as Mode,
    matchVoice: options["match_voice"] === true,
    voice: (options["voice"] as { id?: string } | undefined)?.id ?? "",
  };
}

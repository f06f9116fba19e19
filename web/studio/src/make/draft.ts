import { readStored, writeStored } from "../lib/memory";
import { createStore } from "../lib/store";

export type Aspect = "9:16" | "16:9" | "1:1";
export type Quality = "fast" | "balanced" | "best";
export type Mode = "auto" | "production" | "simulation";
export type Source = "script" | "topic" | "recording";
export type Transition = "cut" | "crossfade";
export type Priority = "low" | "normal" | "high";
export type CaptionStyle = "plain" | "boxed" | "words";
export type CaptionSize = "small" | "medium" | "large";
export type CaptionPosition = "auto" | "bottom" | "top";

/** The longest script that the server takes, in characters. */
export const LONGEST_SCRIPT = 20_000;
export const MOST_SCENES = 24;

/** The contents of the form, which survive a reload. */
export interface Draft {
  source: Source;
  script: string;
  /** Whether the script is edited as its scenes. */
  byScene: boolean;
  topic: string;
  /** As typed: the field may be empty for a moment. */
  scenes: string;
  /** A language code; empty: told by the words of the script. */
  language: string;
  tone: string;
  aspect: Aspect;
  height: string;
  captions: boolean;
  captionStyle: CaptionStyle;
  captionSize: CaptionSize;
  captionPosition: CaptionPosition;
  transition: Transition;
  priority: Priority;
  /** As typed; empty: none. */
  seed: string;
  /** Engines by stage; a stage without one gets the best that is available. */
  engines: Record<string, string>;
  label: boolean;
  quality: Quality;
  mode: Mode | "";
  matchVoice: boolean;
  /** The voice of each scene; empty: that of the video. */
  sceneVoices: string[];
  /** The id of a voice; empty: the default of the script's language. */
  voice: string;
  subject: string;
  /** The face that was clicked, of this upload; null: the only or largest one. */
  face: { upload: string; index: number } | null;
}

export const EMPTY: Draft = {
  source: "script",
  script: "",
  byScene: false,
  topic: "",
  scenes: "3",
  language: "",
  tone: "",
  aspect: "9:16",
  height: "720",
  captions: true,
  captionStyle: "plain",
  captionSize: "medium",
  captionPosition: "auto",
  transition: "cut",
  priority: "normal",
  seed: "",
  engines: {},
  label: true,
  quality: "balanced",
  mode: "",
  matchVoice: false,
  sceneVoices: [],
  voice: "",
  subject: "",
  face: null,
};

function saved(): Draft {
  try {
    const stored = { ...EMPTY, ...(JSON.parse(readStored("draft") ?? "{}") as Partial<Draft>) };
    return { ...stored, scenes: String(stored.scenes) };
  } catch {
    return EMPTY;
  }
}

export const draft = createStore<Draft>(saved());

export function change(part: Partial<Draft>): void {
  draft.set(part);
  writeStored("draft", JSON.stringify(draft.get()));
}

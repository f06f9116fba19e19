import {
  LONGEST_SCRIPT,
  MOST_SCENES,
  type Aspect,
  type CaptionPosition,
  type CaptionSize,
  type CaptionStyle,
  type Draft,
  EMPTY,
  type Mode,
  type Priority,
  type Quality,
  type Transition,
} from "./draft";
import { isMarked, scenesOf } from "./scenes";
import { t } from "../i18n";

const MOST_SEED = 2 ** 31 - 1;
const SPEAKABLE = /[\p{L}\p{N}]/u;

/** Return whether there is text to speak; a recording is checked elsewhere. */
export function hasText(now: Draft): boolean {
  const typed = { script: now.script, topic: now.topic, recording: "a recording" }[now.source];
  return SPEAKABLE.test(typed) && wrong(now) === "";
}

/** What the server would refuse in the form; empty if nothing. */
export function wrong(now: Draft): string {
  const beyond = now.script.length - LONGEST_SCRIPT;
  if (now.source === "script" && beyond > 0)
    return t("The script is {beyond} {value} too long.", { beyond, value: beyond === 1 ? "character" : "characters" });
  if (now.source === "topic" && !isWhole(now.scenes, 1, MOST_SCENES))
    return t("Scenes must be a number from 1 to {MOST_SCENES}.", { MOST_SCENES });
  if (now.seed.trim() && !isWhole(now.seed, 0, MOST_SEED))
    return t("The seed must be a whole number up to {MOST_SEED}.", { MOST_SEED });
  return "";
}

function isWhole(typed: string, least: number, most: number): boolean {
  return /^\d{1,10}$/.test(typed.trim()) && Number(typed) >= least && Number(typed) <= most;
}

/** Return the options of the form for the API. */
export function asOptions(now: Draft): Record<string, unknown> {
  const words =
    now.source === "script"
      ? { script: now.script }
      : now.source === "topic"
        ? { topic: now.topic, scenes: Number(now.scenes), ...(now.tone.trim() ? { tone: now.tone.trim() } : {}) }
        : { use_audio_as_is: true };
  return {
    ...words,
    aspect_ratio: now.aspect,
    height: Number(now.height),
    ...captions(now),
    transition: now.transition,
    label: now.label,
    quality: now.quality,
    ...(now.priority === "normal" ? {} : { priority: now.priority }),
    ...(now.seed.trim() ? { seed: Number(now.seed) } : {}),
    ...(Object.keys(now.engines).length ? { engines: now.engines } : {}),
    ...(now.mode ? { mode: now.mode } : {}),
    ...(now.matchVoice && now.source !== "recording" ? { match_voice: true } : {}),
    ...speech(now),
  };
}

function captions(now: Draft): Record<string, unknown> {
  if (!now.captions) return { captions: false };
  return {
    captions: true,
    caption_style: now.captionStyle,
    caption_size: now.captionSize,
    caption_position: now.captionPosition,
  };
}

/** The chosen voice speaks its own language; otherwise the chosen language, or the script decides. */
function speech(now: Draft): Record<string, unknown> {
  if (now.source === "recording") return now.language ? { language: now.language } : {};
  const spoken = now.voice ? { voice: { id: now.voice } } : { language: now.language || "auto" };
  return { ...spoken, ...ofScenes(now) };
}

/** The voices of the scenes, where the script has marks; a scene without words is no scene for the server. */
function ofScenes({ source, script, sceneVoices, matchVoice }: Draft): Record<string, unknown> {
  if (source !== "script" || matchVoice || !isMarked(script)) return {};
  const spoken = scenesOf(script).flatMap((text, at) => (SPEAKABLE.test(text) ? [sceneVoices[at] ?? ""] : []));
  return spoken.some(Boolean) ? { scene_voices: spoken } : {};
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
  const voice = (options["voice"] as { id?: string } | undefined)?.id ?? "";
  return {
    source: options["use_audio_as_is"] ? "recording" : topic ? "topic" : "script",
    ...(script ? { script, byScene: isMarked(script) } : {}),
    ...(topic ? { topic, scenes: String(options["scenes"] ?? EMPTY.scenes), tone: String(options["tone"] ?? "") } : {}),
    language: voice || options["language"] === "auto" ? "" : String(options["language"] ?? ""),
    aspect: options["aspect_ratio"] as Aspect,
    height: String(options["height"]),
    captions: options["captions"] === true,
    captionStyle: (options["caption_style"] as CaptionStyle | undefined) ?? EMPTY.captionStyle,
    captionSize: (options["caption_size"] as CaptionSize | undefined) ?? EMPTY.captionSize,
    captionPosition: (options["caption_position"] as CaptionPosition | undefined) ?? EMPTY.captionPosition,
    transition: (options["transition"] as Transition | undefined) ?? EMPTY.transition,
    priority: (options["priority"] as Priority | undefined) ?? EMPTY.priority,
    seed: typeof options["seed"] === "number" ? String(options["seed"]) : "",
    engines: (options["engines"] as Record<string, string> | undefined) ?? {},
    label: options["label"] === true,
    quality: options["quality"] as Quality,
    mode: options["mode"] as Mode,
    matchVoice: options["match_voice"] === true,
    sceneVoices: (options["scene_voices"] as string[] | undefined) ?? [],
    voice,
  };
}

import type { Kind } from "./kept";

interface Words { title: string; noun: string; accept: string; label: string; hint: string; empty: string }

/** What pictures and recordings are called on their pages. */
export const WORDS: Record<Kind, Words> = {
  face: {
    title: "Faces",
    noun: "picture",
    accept: "image/*,.heic,.heif,.avif",
    label: "Add a picture",
    hint: "One person, looking at the camera. JPEG, PNG, WebP, HEIC or AVIF, up to 10 MB.",
    empty: "No pictures yet. What you add here can be used in every further video.",
  },
  voice: {
    title: "Voices",
    noun: "recording",
    accept: ".wav,.mp3,.flac,.ogg,.opus,.m4a,.mp4,.webm,audio/*",
    label: "Add a recording",
    hint: "Ten seconds or more of clear speech by one person.",
    empty: "No recordings yet. Add one, or choose a built-in voice below.",
  },
};

/** Names files by their content: the server refuses a name that does not fit it. */

const STARTS: [string, string][] = [
  ["\xff\xd8\xff", "jpg"], ["\x89PNG", "png"], ["fLaC", "flac"], ["OggS", "ogg"], ["ID3", "mp3"],
  ["\x1aE\xdf\xa3", "webm"],
];
const BRANDS: Record<string, string> = {
  heic: "heic", heix: "heic", mif1: "heic", avif: "avif", "M4A ": "m4a",
};
const RIFF: Record<string, string> = { WEBP: "webp", WAVE: "wav" };

/** Return a name for a picture or recording that has none. */
export async function usualName(kind: "face" | "voice", file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const found = extension(String.fromCharCode(...bytes));
  return `${kind}.${found ?? (kind === "face" ? "png" : "wav")}`;
}

function extension(start: string): string | undefined {
  if (start.slice(4, 8) === "ftyp") return BRANDS[start.slice(8, 12)] ?? "mp4";
  if (start.startsWith("RIFF")) return RIFF[start.slice(8, 12)];
  const known = STARTS.find(([bytes]) => start.startsWith(bytes));
  if (known) return known[1];
  return /^\xff[\xe0-\xff]/.test(start) ? "mp3" : undefined; // a frame without tags before it
}

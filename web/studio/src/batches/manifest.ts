import { randomId } from "../lib/random";
import { saveFile } from "../lib/saveFile";
import { t } from "../i18n";

interface VideoRow {
  name: string;
  values?: Record<string, string>;
}

/** A file with the values of each video, as the API takes it; what is wrong in it, the server says. */
export interface Manifest {
  fileName: string;
  /** Identifies this choice of a file: sending it twice creates one batch. */
  key: string;
  content: { csv: string } | { videos: VideoRow[] };
}

const LARGEST = 2_000_000;

/** Read a CSV, or JSON with a list of videos; raise an error that says why it cannot be read. */
export async function readManifest(file: File): Promise<Manifest> {
  if (file.size > LARGEST) throw new Error(t("The file is larger than 2 MB."));
  const text = await file.text();
  const content = /\.json$/i.test(file.name) ? { videos: videosOf(text) } : { csv: text };
  return { fileName: file.name, key: randomId(12), content };
}

function videosOf(text: string): VideoRow[] {
  try {
    const found: unknown = JSON.parse(text);
    const videos = Array.isArray(found) ? found : (found as { videos?: unknown } | null)?.videos;
    if (Array.isArray(videos)) return videos as VideoRow[];
  } catch {
    // The sentence below says it.
  }
  throw new Error(t("The file is not a list of videos in JSON."));
}

const PLACE = /\{\{\s*([A-Za-z][A-Za-z0-9_ -]{0,39}?)\s*\}\}/g;

/** Return the places of a plan, such as `product` for `{{product}}`, in their order. */
export function placesOf(plan: unknown): string[] {
  return [...new Set([...JSON.stringify(plan).matchAll(PLACE)].map(([, name = ""]) => name))];
}

/** Save a CSV with a column for each place, to be filled in. */
export function saveEmptyManifest(places: readonly string[], name: string): void {
  const columns = ["name", ...places.filter((place) => place !== "name")];
  saveFile(new Blob([`${columns.join(",")}\r\n`], { type: "text/csv" }), `${name}.csv`);
}

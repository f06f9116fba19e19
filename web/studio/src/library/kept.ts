import { Problem, get, patch, post, remove, upload } from "../api/client";
import type { KeptImage, LibraryVoice } from "../api/types";
import { createStore } from "../lib/store";
import { ensureSession } from "../live/session";

export type Kind = "face" | "voice";

/** A picture or a recording that its owner keeps. */
export interface Kept {
  id: string;
  name: string;
  bytes: number;
  signed_url: string;
  signed_thumbnail_url: string;
  public_url: string | null;
  created_at: string;
  seconds?: number | null;
  width?: number | null;
  height?: number | null;
  moderation?: KeptImage["moderation"];
  moderation_reason?: string;
  appealed_at?: string | null;
}

interface List { entries: Kept[]; next: string | null; loaded: boolean; trouble: string }

const NONE: List = { entries: [], next: null, loaded: false, trouble: "" };
const PATHS: Record<Kind, string> = { face: "/api/images", voice: "/api/voices" };
const PAGE = 24;

export const kept = createStore<Record<Kind, List>>({ face: NONE, voice: NONE });

/** Load the first page of a list. */
export async function load(kind: Kind): Promise<void> {
  try {
    const page = await ask(kind, null);
    set(kind, { ...page, loaded: true, trouble: "" });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    // A browser that has made nothing yet has no library.
    if (problem.code === "SESSION_REQUIRED") set(kind, { ...NONE, loaded: true });
    else set(kind, { ...kept.get()[kind], trouble: problem.message });
  }
}

/** Append the next page. */
export async function more(kind: Kind): Promise<void> {
  const before = kept.get()[kind];
  if (!before.next) return;
  const page = await ask(kind, before.next);
  const now = kept.get()[kind];
  if (now.next === before.next) set(kind, { ...now, next: page.next, entries: [...now.entries, ...page.entries] });
}

/** Check and keep a file; return whether it was new. */
export async function add(kind: Kind, file: File): Promise<boolean> {
  await ensureSession();
  return insert(kind, await upload<Kept>(PATHS[kind], {}, file));
}

/** Keep an upload of the form. */
export async function keep(kind: Kind, uploadId: string): Promise<boolean> {
  return insert(kind, await post<Kept>(PATHS[kind], { upload_id: uploadId }));
}

export async function rename(kind: Kind, id: string, name: string): Promise<void> {
  replace(kind, await patch<Kept>(`${PATHS[kind]}/${id}`, { name }));
}

export async function setPublic(kind: Kind, id: string, on: boolean): Promise<void> {
  const path = `${PATHS[kind]}/${id}/public`;
  if (on) return replace(kind, await post<Kept>(path, {}));
  await remove(path);
  replace(kind, await get<Kept>(`${PATHS[kind]}/${id}`));
}

export async function appeal(id: string, text: string): Promise<void> {
  replace("face", await post<Kept>(`${PATHS.face}/${id}/appeal`, { text }));
}

/** Make a link for 15 minutes, with the address of this server. */
export async function link(kind: Kind, id: string): Promise<string> {
  const { url } = await post<{ url: string }>(`${PATHS[kind]}/${id}/link`, {});
  return new URL(url, location.href).href;
}

export async function drop(kind: Kind, id: string): Promise<void> {
  try {
    await remove(`${PATHS[kind]}/${id}`);
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status !== 404) throw problem;
  }
  const now = kept.get()[kind];
  set(kind, { ...now, entries: now.entries.filter((one) => one.id !== id) });
}

function insert(kind: Kind, item: Kept): boolean {
  const now = kept.get()[kind];
  const isNew = !now.entries.some((one) => one.id === item.id);
  set(kind, { ...now, entries: [item, ...now.entries.filter((one) => one.id !== item.id)] });
  return isNew;
}

function replace(kind: Kind, item: Kept): void {
  const now = kept.get()[kind];
  set(kind, { ...now, entries: now.entries.map((one) => (one.id === item.id ? item : one)) });
}

function set(kind: Kind, list: List): void {
  kept.set({ [kind]: list });
}

async function ask(kind: Kind, cursor: string | null): Promise<{ entries: Kept[]; next: string | null }> {
  const query = new URLSearchParams({ limit: String(PAGE), ...(kind === "voice" && { source: "own" }), ...(cursor && { cursor }) });
  const page = await get<{ images?: KeptImage[]; voices?: LibraryVoice[]; next_cursor: string | null }>(`${PATHS[kind]}?${query}`);
  return { entries: (page.images ?? page.voices ?? []) as Kept[], next: page.next_cursor };
}

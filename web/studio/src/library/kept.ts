import { Problem, get, patch, post, remove } from "../api/client";
import { isLarge, keepInPieces, sendFile } from "../api/sendFile";
import type { KeptImage, LibraryVoice, Uploaded } from "../api/types";
import { createStore } from "../lib/store";
import { inSessionAside } from "../live/aside";
import { ensureSession } from "../live/session";
import type { Part } from "../ui/PartFields";

export type Kind = "face" | "voice";

/** A picture or a recording that its owner keeps. */
export interface Kept {
  id: string;
  name: string;
  bytes: number;
  sha256: string;
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
  /** What a worker found in it; servers without examinations say nothing. */
  examination?: Uploaded["examination"];
  faces?: Uploaded["faces"];
}

/** Which items are listed. */
export interface Filter {
  /** Words in the name. */
  q: string;
  /** A picture whose near-duplicates are listed. */
  similarTo: { id: string; name: string } | null;
}

interface List {
  entries: Kept[];
  next: string | null;
  loaded: boolean;
  trouble: string;
  filter: Filter;
}

const ALL: Filter = { q: "", similarTo: null };
const NONE: List = { entries: [], next: null, loaded: false, trouble: "", filter: ALL };
const PATHS: Record<Kind, string> = { face: "/api/images", voice: "/api/voices" };
const PAGE = 24;

export const kept = createStore<Record<Kind, List>>({ face: NONE, voice: NONE });

/** Load the first page of a list; another list that is asked for meanwhile takes its place. */
export async function load(kind: Kind, filter: Filter = kept.get()[kind].filter): Promise<void> {
  set(kind, { ...kept.get()[kind], filter });
  const isCurrent = () => kept.get()[kind].filter === filter;
  try {
    const page = await ask(kind, null, filter);
    if (isCurrent()) set(kind, { ...page, loaded: true, trouble: "", filter });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (!isCurrent()) return;
    // A browser that has made nothing yet has no library.
    if (problem.code === "SESSION_REQUIRED") set(kind, { ...NONE, loaded: true, filter });
    else set(kind, { ...kept.get()[kind], trouble: problem.message });
  }
}

/** Append the next page. */
export async function more(kind: Kind): Promise<void> {
  const before = kept.get()[kind];
  if (!before.next) return;
  const page = await ask(kind, before.next, before.filter);
  const now = kept.get()[kind];
  if (now.next === before.next && now.filter === before.filter)
    set(kind, { ...now, next: page.next, entries: [...now.entries, ...page.entries] });
}

/** Check and keep a file; return the item, and whether it is new. */
export async function add(
  kind: Kind,
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<{ item: Kept; isNew: boolean }> {
  await ensureSession();
  const { body, status } = isLarge(file)
    ? await inSessionAside((session_id) =>
        keepInPieces<Kept>(PATHS[kind], { session_id, kind }, file, onProgress, signal),
      )
    : await sendFile<Kept>(PATHS[kind], {}, file, onProgress, signal);
  insert(kind, body);
  return { item: body, isNew: status === 201 };
}

/** Keep an upload of the form; return whether it was new. */
export async function keep(kind: Kind, uploadId: string): Promise<boolean> {
  return insert(kind, await post<Kept>(PATHS[kind], { upload_id: uploadId }));
}

/** Whether a worker or an operator has still to say something about an item. */
export function isPending({ examination, moderation }: Kept): boolean {
  return examination?.state === "pending" || moderation === "pending";
}

/** Load the items again that wait for a verdict. */
export async function loadPending(kind: Kind): Promise<void> {
  const waiting = kept.get()[kind].entries.filter(isPending);
  const found = await Promise.all(waiting.map(({ id }) => get<Kept>(`${PATHS[kind]}/${id}`).catch(() => null)));
  for (const item of found) if (item) replace(kind, item);
}

export async function rename(kind: Kind, id: string, name: string): Promise<void> {
  replace(kind, await patch<Kept>(`${PATHS[kind]}/${id}`, { name }));
}

/** Keep a part of a recording only; the rest is deleted. */
export async function cut(id: string, { start, end }: Part): Promise<void> {
  const part = { ...(start && { start: Number(start) }), ...(end && { end: Number(end) }) };
  replace("voice", await patch<Kept>(`${PATHS.voice}/${id}`, part));
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

async function ask(
  kind: Kind,
  cursor: string | null,
  { q, similarTo }: Filter,
): Promise<{ entries: Kept[]; next: string | null }> {
  const query = new URLSearchParams({
    limit: String(PAGE),
    ...(kind === "voice" && { source: "own" }),
    ...(q && { q }),
    ...(similarTo && { similar_to: similarTo.id }),
    ...(cursor && { cursor }),
  });
  const page = await get<{ images?: KeptImage[]; voices?: LibraryVoice[]; next_cursor: string | null }>(
    `${PATHS[kind]}?${query}`,
  );
  return { entries: (page.images ?? page.voices ?? []) as Kept[], next: page.next_cursor };
}

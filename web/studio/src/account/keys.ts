import { get, post, remove } from "../api/client";
import type { ApiKey, NewApiKey } from "../api/types";
import { createStore } from "../lib/store";

/** The user's API keys, and the text of the newest one, which is shown once. */
export const keys = createStore<{ now: ApiKey[] | null; shown: NewApiKey | null; trouble: string }>({
  now: null,
  shown: null,
  trouble: "",
});

export async function loadKeys(): Promise<void> {
  try {
    keys.set({ now: (await get<{ keys: ApiKey[] }>("/api/keys")).keys, trouble: "" });
  } catch (problem) {
    keys.set({ trouble: (problem as Error).message });
  }
}

/** Create a key that is valid for some days; 0: without an end. */
export async function createKey(name: string, scopes: string[], days: number): Promise<void> {
  const end = days ? { expires_at: new Date(Date.now() + days * 86_400_000).toISOString() } : {};
  keys.set({ shown: await post<NewApiKey>("/api/keys", { name, scopes, ...end }) });
  await loadKeys();
}

/** Replace a key; the former one is valid for another day. */
export async function rotateKey(id: string): Promise<void> {
  keys.set({ shown: await post<NewApiKey>(`/api/keys/${id}/rotate`, {}) });
  await loadKeys();
}

export async function revokeKey(id: string): Promise<void> {
  await remove(`/api/keys/${id}`);
  if (keys.get().shown?.id === id) keys.set({ shown: null });
  await loadKeys();
}

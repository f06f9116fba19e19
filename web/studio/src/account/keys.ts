import { get, post, remove } from "../api/client";
import type { ApiKey, NewApiKey } from "../api/types";
import { createStore } from "../lib/store";

/** The user's API keys, and the text of the newest one, which is shown once. */
export const keys = createStore<{ now: ApiKey[] | null; shown: NewApiKey | null; trouble: string }>({
  now: null, shown: null, trouble: "",
});

export async function loadKeys(): Promise<void> {
  try {
    keys.set({ now: (await get<{ keys: ApiKey[] }>("/api/keys")).keys, trouble: "" });
  } catch (problem) {
    keys.set({ trouble: (problem as Error).message });
  }
}

export async function createKey(name: string, scopes: string[]): Promise<void> {
  keys.set({ shown: await post<NewApiKey>("/api/keys", { name, scopes }) });
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

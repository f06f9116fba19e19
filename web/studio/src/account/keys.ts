import { get, post, remove } from "../api/client";
import type { ApiKey, NewApiKey } from "../api/types";
import { reload, usePart } from "./queries";

export const useKeys = () => usePart("keys", async () => (await get<{ keys: ApiKey[] }>("/api/keys")).keys);

/** Create a key that is valid for some days; 0: without an end. Return it with its text, which is shown once. */
export async function createKey(name: string, scopes: string[], days: number): Promise<NewApiKey> {
  const end = days ? { expires_at: new Date(Date.now() + days * 86_400_000).toISOString() } : {};
  const created = await post<NewApiKey>("/api/keys", { name, scopes, ...end });
  await reload("keys");
  return created;
}

/** Replace a key; the former one is valid for another day. */
export async function rotateKey(id: string): Promise<NewApiKey> {
  const rotated = await post<NewApiKey>(`/api/keys/${id}/rotate`, {});
  await reload("keys");
  return rotated;
}

export async function revokeKey(id: string): Promise<void> {
  await remove(`/api/keys/${id}`);
  await reload("keys");
}

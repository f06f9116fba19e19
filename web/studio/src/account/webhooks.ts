import { get, patch, post, remove } from "../api/client";
import type { NewWebhook, Webhook, WebhookDelivery } from "../api/types";
import { createStore } from "../lib/store";

/** The user's webhooks, and the secret of the newest one, which is shown once. */
export const webhooks = createStore<{ now: Webhook[] | null; shown: NewWebhook | null; trouble: string }>({
  now: null,
  shown: null,
  trouble: "",
});

/** The latest deliveries of the webhook that is open. */
export const deliveries = createStore<{
  of: string;
  now: WebhookDelivery[] | null;
  next: string | null;
  trouble: string;
}>({
  of: "",
  now: null,
  next: null,
  trouble: "",
});

export async function loadWebhooks(): Promise<void> {
  try {
    webhooks.set({ now: (await get<{ webhooks: Webhook[] }>("/api/webhooks")).webhooks, trouble: "" });
  } catch (problem) {
    webhooks.set({ trouble: (problem as Error).message });
  }
}

export async function createWebhook(url: string, events: string[]): Promise<void> {
  webhooks.set({ shown: await post<NewWebhook>("/api/webhooks", { url, events }) });
  await loadWebhooks();
}

export async function enableWebhook(id: string, enabled: boolean): Promise<void> {
  await patch(`/api/webhooks/${id}`, { enabled });
  await loadWebhooks();
}

/** Replace the secret; the former one signs for another day. */
export async function rotateSecret(id: string): Promise<void> {
  webhooks.set({ shown: await post<NewWebhook>(`/api/webhooks/${id}/rotate-secret`, {}) });
  await loadWebhooks();
}

export async function removeWebhook(id: string): Promise<void> {
  await remove(`/api/webhooks/${id}`);
  if (webhooks.get().shown?.id === id) webhooks.set({ shown: null });
  if (deliveries.get().of === id) deliveries.set({ of: "", now: null });
  await loadWebhooks();
}

export async function testWebhook(id: string): Promise<void> {
  await post(`/api/webhooks/${id}/test`, {});
  await loadDeliveries(id);
}

/** Load the newest deliveries of a webhook, or those after the ones that are shown. */
export async function loadDeliveries(id: string, cursor: string | null = null): Promise<void> {
  const before = cursor ? (deliveries.get().now ?? []) : [];
  if (deliveries.get().of !== id) deliveries.set({ of: id, now: null, next: null, trouble: "" });
  try {
    const query = cursor ? `?limit=20&cursor=${encodeURIComponent(cursor)}` : "?limit=20";
    const page = await get<{ deliveries: WebhookDelivery[]; next_cursor: string | null }>(
      `/api/webhooks/${id}/deliveries${query}`,
    );
    if (deliveries.get().of === id)
      deliveries.set({ now: [...before, ...page.deliveries], next: page.next_cursor, trouble: "" });
  } catch (problem) {
    deliveries.set({ trouble: (problem as Error).message });
  }
}

export async function redeliver(webhook: string, delivery: string): Promise<void> {
  await post(`/api/webhooks/${webhook}/deliveries/${delivery}/redeliver`, {});
  await loadDeliveries(webhook);
}

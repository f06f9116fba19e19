import { useInfiniteQuery } from "@tanstack/react-query";
import { get, patch, post, remove } from "../api/client";
import type { NewWebhook, Webhook, WebhookDelivery } from "../api/types";
import { keyOf, reload, usePart } from "./queries";

const REFRESH_MS = 2000;

export const useWebhooks = () =>
  usePart("webhooks", async () => (await get<{ webhooks: Webhook[] }>("/api/webhooks")).webhooks);

/** Add a webhook; return it with its secret, which is shown once. */
export async function createWebhook(url: string, events: string[]): Promise<NewWebhook> {
  const created = await post<NewWebhook>("/api/webhooks", { url, events });
  await reload("webhooks");
  return created;
}

export async function enableWebhook(id: string, enabled: boolean): Promise<void> {
  await patch(`/api/webhooks/${id}`, { enabled });
  await reload("webhooks");
}

/** Replace the secret; the former one signs for another day. */
export async function rotateSecret(id: string): Promise<NewWebhook> {
  const rotated = await post<NewWebhook>(`/api/webhooks/${id}/rotate-secret`, {});
  await reload("webhooks");
  return rotated;
}

export async function removeWebhook(id: string): Promise<void> {
  await remove(`/api/webhooks/${id}`);
  await reload("webhooks");
}

export async function testWebhook(id: string): Promise<void> {
  await post(`/api/webhooks/${id}/test`, {});
  await reload("deliveries");
}

interface Page {
  deliveries: WebhookDelivery[];
  next_cursor: string | null;
}

/** What was sent to a webhook, newest first; loaded again while something waits. */
export const useDeliveries = (id: string) =>
  useInfiniteQuery({
    queryKey: keyOf("deliveries", id),
    queryFn: ({ pageParam }) =>
      get<Page>(`/api/webhooks/${id}/deliveries?limit=20${pageParam && `&cursor=${encodeURIComponent(pageParam)}`}`),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ deliveries }) => deliveries.some((one) => one.state === "pending"))
        ? REFRESH_MS
        : false,
  });

export async function redeliver(webhook: string, delivery: string): Promise<void> {
  await post(`/api/webhooks/${webhook}/deliveries/${delivery}/redeliver`, {});
  await reload("deliveries");
}

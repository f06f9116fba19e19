import { WebhookInvalid } from "./errors.js";
import type { Event } from "./generated.js";

const TOLERANCE_SECONDS = 300;

/**
 * Return the event of a webhook's message (https://www.standardwebhooks.com/); throws `WebhookInvalid`.
 * `body` is the raw body. Remember the header `webhook-id`: a message may arrive more than once.
 */
export async function verifyWebhook(
  secret: string, headers: Headers | Record<string, string | string[] | undefined>, body: string,
): Promise<Event> {
  const get = (name: string) =>
    headers instanceof Headers ? headers.get(name) ?? "" : String(headers[name] ?? "");
  const sentAt = get("webhook-timestamp");
  if (!(Math.abs(Date.now() / 1000 - Number(sentAt)) < TOLERANCE_SECONDS) || sentAt === "") {
    throw new WebhookInvalid("The message is too old.");
  }
  const signed = new TextEncoder().encode(`${get("webhook-id")}.${sentAt}.${body}`);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const raw = decoded(secret.replace(/^whsec_/, ""));
  if (!raw?.length) throw new WebhookInvalid("The secret is not one of a webhook.");
  const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["verify"]);
  for (const one of get("webhook-signature").split(" ")) {
    const signature = one.startsWith("v1,") ? decoded(one.slice(3)) : undefined;
    if (signature && await crypto.subtle.verify("HMAC", key, signature, signed)) {
      return JSON.parse(body) as Event;
    }
  }
  throw new WebhookInvalid("The signature is wrong.");
}

function decoded(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

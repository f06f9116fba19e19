import type { Event } from "./generated.js";

/** The server sends a comment every 15 seconds; after three of them the connection is dead. */
const SILENCE_SECONDS = 45;

/** Yield the Server-Sent Events of an answer. */
export async function* readEvents(answer: Response): AsyncGenerator<Event, void> {
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = "";
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await orSilence(reader.read());
      ended = done;
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const data = block.split("\n").filter((line) => line.startsWith("data:"));
        if (data.length) yield JSON.parse(data.map((line) => line.slice(5)).join("\n")) as Event;
      }
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}

async function orSilence<T>(reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The connection is silent.")), SILENCE_SECONDS * 1000);
  });
  try {
    return await Promise.race([reading, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** Compare the ids of events, which are two numbers each. */
export function isNewer(id: string, than: string): boolean {
  const [ms = 0, seq = 0] = id.split("-").map(Number);
  const [otherMs = 0, otherSeq = 0] = than.split("-").map(Number);
  return ms > otherMs || (ms === otherMs && (seq > otherSeq || than === ""));
}

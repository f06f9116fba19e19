import { useEffect } from "react";
import { Problem, post } from "../api/client";
import type { Quote } from "../api/types";
import { createStore } from "../lib/store";
import { session } from "../live/session";
import { asOptions, draft, hasText } from "./draft";

const PAUSE_MS = 450;

/** The server's estimate for the form; null while the form is empty. */
const quotes = createStore<{ now: Quote | null; trouble: string }>({ now: null, trouble: "" });

let asked = "";

/** Return the estimate for the form; it is requested again after a short pause in typing. */
export function useQuote(): { now: Quote | null; trouble: string } {
  const body = draft.use((now) => (hasText(now) ? JSON.stringify(asOptions(now)) : ""));
  const voice = session.use((now) => now.status?.uploads.find(({ kind }) => kind === "voice")?.upload_id);
  useEffect(() => {
    const timer = setTimeout(() => void ask(body), quotes.get().now ? PAUSE_MS : 0);
    return () => clearTimeout(timer);
  }, [body, voice]);
  return quotes.use((found) => found);
}

async function ask(body: string): Promise<void> {
  asked = body;
  if (!body) return quotes.set({ now: null, trouble: "" });
  const session_id = session.get().id;
  const options = { ...(JSON.parse(body) as object), ...(session_id ? { session_id } : {}) };
  try {
    const now = await post<Quote>("/process/estimate", options);
    if (asked === body) quotes.set({ now, trouble: "" });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    // Rate limited by fast typing: keep the last answer.
    if (asked === body && problem.status !== 429) quotes.set({ now: null, trouble: problem.message });
  }
}

import { useEffect } from "react";
import { Problem, post } from "../api/client";
import type { CreditEstimate, Quote } from "../api/types";
import { createStore } from "../lib/store";
import { session } from "../live/session";
import { capabilities } from "./capabilities";
import { draft } from "./draft";
import { asOptions, hasText } from "./options";

const PAUSE_MS = 450;

interface Quoted {
  now: Quote | null;
  credits: CreditEstimate | null;
  trouble: string;
}

/** The server's estimate for the form; null while the form is empty. */
const quotes = createStore<Quoted>({ now: null, credits: null, trouble: "" });

const NONE: Quoted = { now: null, credits: null, trouble: "" };

let asked = "";

/** Return the estimate for the form; it is requested again after a short pause in typing. */
export function useQuote(): Quoted {
  const body = draft.use((now) => (hasText(now) ? JSON.stringify(asOptions(now)) : ""));
  const voice = session.use((now) => now.status?.uploads.find(({ kind }) => kind === "voice")?.upload_id);
  useEffect(() => {
    const timer = setTimeout(() => void ask(body), quotes.get().now ? PAUSE_MS : 0);
    return () => clearTimeout(timer);
  }, [body, voice]);
  return quotes.use((found) => found);
}

/** The last estimate, without asking for another. */
export function useLastQuote(): Quote | null {
  return quotes.use((found) => found.now);
}

/** The quote of the form as it is; it is sent with the start, which then costs no more than was shown. */
export function quoteFor(options: Record<string, unknown>): string | null {
  const { credits } = quotes.get();
  const isOfForm = asked !== "" && asked === JSON.stringify(options);
  return isOfForm && credits?.quote_id && Date.parse(credits.expires_at ?? "") > Date.now() + 5_000
    ? credits.quote_id
    : null;
}

/** The last estimate in credits; null where a start costs none. */
export function useLastCredits(): CreditEstimate | null {
  return quotes.use((found) => found.credits);
}

/** Ask again for the form as it is. */
export function refreshQuote(): Promise<void> {
  return ask(asked);
}

async function ask(body: string): Promise<void> {
  asked = body;
  if (!body) return quotes.set(NONE);
  const session_id = session.get().id;
  const options = { ...(JSON.parse(body) as object), ...(session_id ? { session_id } : {}) };
  try {
    const found = await estimate(options);
    if (asked === body) quotes.set(found);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    // Rate limited by fast typing: keep the last answer.
    if (asked === body && problem.status !== 429) quotes.set({ ...NONE, trouble: reason(problem) });
  }
}

/** Estimate a job, in credits too where a start costs some. */
async function estimate(options: object): Promise<Quoted> {
  if (!capabilities.get().now?.billing.credits)
    return { ...NONE, now: await post<Quote>("/process/estimate", options) };
  const credits = await post<CreditEstimate>("/api/estimate", options);
  return { ...NONE, now: credits.job, credits };
}

/** Say which field is wrong, where the server does. */
function reason({ message, reasons }: Problem): string {
  const [first] = reasons;
  return first ? first.message : message;
}

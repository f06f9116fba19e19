import { Problem, get, post } from "../api/client";
import { sendFile } from "../api/sendFile";
import type { ConsentRecord, Uploaded } from "../api/types";
import { createStore } from "../lib/store";
import { inSessionAside } from "../live/aside";
import { ensureSession } from "../live/session";

export type Use = "face" | "voice";
export type Shown = "checkbox" | "spoken" | "document";

export interface NewConsent {
  subject: string;
  statement: string;
  uses: Use[];
  shown: Shown;
  expires_at?: string;
}

interface Consents {
  entries: ConsentRecord[];
  next: string | null;
  loaded: boolean;
  trouble: string;
}

const NONE: Consents = { entries: [], next: null, loaded: false, trouble: "" };
const EVIDENCE: Record<Exclude<Shown, "checkbox">, string> = { spoken: "/upload/audio", document: "/upload/face" };

export const consents = createStore<Consents>(NONE);

interface Page {
  consents: ConsentRecord[];
  next_cursor: string | null;
}

/** Load the first page, newest first. */
export async function load(): Promise<void> {
  try {
    const page = await get<Page>("/api/consents?limit=50");
    consents.set({ entries: page.consents, next: page.next_cursor, loaded: true, trouble: "" });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    // A browser that has made nothing yet owns nothing.
    if (problem.code === "SESSION_REQUIRED") consents.set({ ...NONE, loaded: true });
    else consents.set({ trouble: problem.message });
  }
}

/** Append the next page. */
export async function more(): Promise<void> {
  const { next } = consents.get();
  if (!next) return;
  const page = await get<Page>(`/api/consents?limit=50&cursor=${encodeURIComponent(next)}`);
  if (consents.get().next !== next) return;
  consents.set((now) => ({ entries: [...now.entries, ...page.consents], next: page.next_cursor }));
}

/** Keep a consent, with the recording or the document that shows it. */
export async function give(consent: NewConsent, evidence: File | null): Promise<void> {
  await ensureSession();
  const kept =
    consent.shown === "checkbox" || !evidence
      ? await post<ConsentRecord>("/api/consents", consent)
      : await withEvidence(EVIDENCE[consent.shown], evidence, (evidence_upload_id) =>
          post<ConsentRecord>("/api/consents", { ...consent, evidence_upload_id }),
        );
  consents.set((now) => ({ entries: [kept, ...now.entries], loaded: true }));
}

/** Upload evidence aside: it is not the face or voice of the next video. */
function withEvidence<T>(path: string, file: File, act: (uploadId: string) => Promise<T>): Promise<T> {
  return inSessionAside(async (session_id) => {
    const { body } = await sendFile<Uploaded>(path, { session_id }, file);
    return act(body.upload_id);
  });
}

/** Revoke a consent; what was made with it is blocked from the next request on. */
export async function revoke(id: string): Promise<void> {
  const revoked = await post<ConsentRecord>(`/api/consents/${id}/revoke`, {});
  consents.set((now) => ({ entries: now.entries.map((one) => (one.id === id ? revoked : one)) }));
}

import { useInfiniteQuery } from "@tanstack/react-query";
import { Problem, get, post } from "../api/client";
import { login } from "../api/login";
import { queryClient } from "../api/queries";
import { sendFile } from "../api/sendFile";
import type { ConsentRecord, Uploaded } from "../api/types";
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

const EVIDENCE: Record<Exclude<Shown, "checkbox">, string> = { spoken: "/upload/audio", document: "/upload/face" };

interface Page {
  consents: ConsentRecord[];
  next_cursor: string | null;
}

const CONSENTS = "consents";

/** The consents that the caller keeps, newest first, page by page. */
export function useConsents() {
  const user = login.use((now) => now.user?.user_id ?? "");
  return useInfiniteQuery({
    queryKey: [CONSENTS, user],
    queryFn: ({ pageParam }) => page(pageParam),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
}

async function page(cursor: string): Promise<Page> {
  try {
    return await get<Page>(`/api/consents?limit=50${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
  } catch (problem) {
    // A browser that has made nothing yet owns nothing.
    if (problem instanceof Problem && problem.code === "SESSION_REQUIRED") return { consents: [], next_cursor: null };
    throw problem;
  }
}

const changed = () => queryClient.invalidateQueries({ queryKey: [CONSENTS] });

/** Keep a consent, with the recording or the document that shows it. */
export async function give(consent: NewConsent, evidence: File | null): Promise<void> {
  await ensureSession();
  if (consent.shown === "checkbox" || !evidence) await post("/api/consents", consent);
  else
    await withEvidence(EVIDENCE[consent.shown], evidence, (evidence_upload_id) =>
      post("/api/consents", { ...consent, evidence_upload_id }),
    );
  await changed();
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
  await post(`/api/consents/${id}/revoke`, {});
  await changed();
}

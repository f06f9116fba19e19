import { signed, post } from "../api/client";
import { Problem, read, send } from "../api/http";
import { t } from "../i18n";
import { ensureSession, session } from "../live/session";
import { chosen } from "./chosen";
import { type Draft, draft } from "./draft";
import { suggestedRegister } from "./suggestion";
import { acceptedUpload, uploads } from "./uploads";

const LONGEST_MS = 90_000;

/** Sounds that were made, by what was asked for: to hear one again costs nothing. */
const made = new Map<string, string>();

/** Return the address of a scene as a job would speak it. */
export async function hearScene(text: string, voice: string, signal: AbortSignal): Promise<string> {
  const body = { session_id: await ensureSession(), text, ...soundOf(draft.get(), voice) };
  const key = JSON.stringify(body);
  const known = made.get(key);
  if (known) return known;
  const { url } = await post<{ url: string }>("/api/previews", body);
  const address = URL.createObjectURL(await sound(url, signal));
  made.set(key, address);
  return address;
}

/** What decides how a scene sounds; a recording that was chosen from the library is not matched before the start. */
function soundOf(now: Draft, ofScene: string): object {
  const { voice, language, mode, quality, matchVoice } = now;
  const id = ofScene || voice;
  const accepted = (kind: "face" | "voice") => acceptedUpload(uploads.get()[kind].check, session.get().status, kind);
  const recorded = accepted("voice");
  const register = suggestedRegister(accepted("face"), chosen.get().face, now);
  return {
    ...(id ? { voice: { id } } : { language: language || "auto", ...(register ? { voice: { register } } : {}) }),
    ...(mode ? { mode } : {}),
    quality,
    ...(matchVoice && recorded && !chosen.get().voice ? { match_voice: true } : {}),
  };
}

/** Wait for a sound; the server answers when it is there, or after some seconds that it is not yet. */
async function sound(url: string, signal: AbortSignal): Promise<Blob> {
  const deadline = Date.now() + LONGEST_MS;
  while (Date.now() < deadline && !signal.aborted) {
    const answer = await send(url, { headers: await signed(), signal });
    if (answer.status === 200) return answer.blob();
    if (answer.status !== 202) throw await read(answer);
  }
  throw new Problem(t("The scene could not be heard in time. Try again in a few minutes."), "PREVIEW_LATE", 504);
}

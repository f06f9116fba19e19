import { Problem, post } from "../api/client";
import { t } from "../i18n";
import { load } from "../job/store";
import { randomId } from "../lib/random";
import { ensureSession, refresh } from "../live/session";
import { chosenIds } from "./chosen";
import { draft } from "./draft";
import { rememberFace } from "./failedUploads";
import { asOptions, asRequest } from "./options";
import { quoteFor, refreshQuote } from "./quote";
import { rememberStarted } from "./recall";
import { uploadIds } from "./uploads";

let key = { body: "", value: "" };

/** Start the job of the form; sending the same form twice in a row starts one job. */
export async function start(): Promise<string> {
  const named = { ...uploadIds(), ...chosenIds(draft.get()) };
  const request = { ...asRequest(draft.get(), await ensureSession()), ...named, ...quoted(named) };
  const body = JSON.stringify(request);
  if (key.body !== body) key = { body, value: randomId() };
  const { job_id } = await post<{ job_id: string }>("/process/start", request, { "Idempotency-Key": key.value }).catch(
    priceChanged,
  );
  key = { body: "", value: "" };
  rememberStarted();
  rememberFace(job_id, uploadIds().face_upload_id);
  await load(job_id);
  void refresh().catch(() => undefined);
  return job_id;
}

/** The quote that was shown, unless the request has options that it did not know. */
function quoted(named: { face_index?: number; voice_id?: string }): { quote_id?: string } {
  const quote = "face_index" in named || "voice_id" in named ? null : quoteFor(asOptions(draft.get()));
  return quote ? { quote_id: quote } : {};
}

/** A quote that does not count any more is asked for again: nothing starts at a price that was not shown. */
function priceChanged(problem: unknown): never {
  if (!(problem instanceof Problem) || !problem.code.startsWith("QUOTE_")) throw problem;
  void refreshQuote();
  throw new Problem(t("The price is not valid any more. Look at the new one, and start again."), problem.code, 409);
}

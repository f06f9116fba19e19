import { post } from "../api/client";
import { load } from "../job/store";
import { randomId } from "../lib/random";
import { ensureSession, refresh } from "../live/session";
import { chosenIds } from "./chosen";
import { draft } from "./draft";
import { rememberFace } from "./failedUploads";
import { asRequest } from "./options";
import { rememberStarted } from "./recall";
import { uploadIds } from "./uploads";

let key = { body: "", value: "" };

/** Start the job of the form; sending the same form twice in a row starts one job. */
export async function start(): Promise<string> {
  const request = { ...asRequest(draft.get(), await ensureSession()), ...uploadIds(), ...chosenIds(draft.get()) };
  const body = JSON.stringify(request);
  if (key.body !== body) key = { body, value: randomId() };
  const { job_id } = await post<{ job_id: string }>("/process/start", request, { "Idempotency-Key": key.value });
  key = { body: "", value: "" };
  rememberStarted();
  rememberFace(job_id, uploadIds().face_upload_id);
  await load(job_id);
  void refresh().catch(() => undefined);
  return job_id;
}

import { readStored, writeStored } from "../lib/memory";

/** Uploads that a job could not use, with the reason; some are not examined before a start. */
type Reasons = Record<string, string>;

const MOST = 20;
const INPUT_CODES = /^(NO_FACE|SEVERAL_FACES|FACE_\w+|VOICE_REFUSED|SCRIPT_REFUSED|INPUT_REFUSED)$/;

/** Return whether a failure comes from what was sent: the same again would fail again. */
export function isOfInput(code: string): boolean {
  return INPUT_CODES.test(code);
}

/** Note which picture a job was started with. */
export function rememberFace(jobId: string, uploadId: string | undefined): void {
  if (uploadId) write("started-faces", { ...read("started-faces"), [jobId]: uploadId });
}

/** Note that the picture of a job cannot be used, so that it is not sent again. */
export function refuseFaceOf(jobId: string, reason: string): void {
  const upload = read("started-faces")[jobId];
  if (upload) write("failed-faces", { ...read("failed-faces"), [upload]: reason });
}

/** Why a job could not use an upload; empty if none has failed. */
export function failureOf(uploadId: string): string {
  return read("failed-faces")[uploadId] ?? "";
}

function read(name: string): Reasons {
  try {
    return JSON.parse(readStored(name) ?? "{}") as Reasons;
  } catch {
    return {};
  }
}

function write(name: string, reasons: Reasons): void {
  writeStored(name, JSON.stringify(Object.fromEntries(Object.entries(reasons).slice(-MOST))));
}

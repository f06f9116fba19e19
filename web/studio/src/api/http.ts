import type { Reason } from "./types";
import { t } from "../i18n";

/** An error response, with the message of the server for the user. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly reasons: Reason[] = [],
    /** What a passkey may sign in place of a code. */
    readonly passkeyOptions: PublicKeyCredentialRequestOptionsJSON | null = null,
  ) {
    super(message);
  }

  get offline(): boolean {
    return this.status === 0;
  }
}

export async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch {
    throw offline();
  }
}

export function offline(message = t("The server does not answer. Check your connection."), code = "OFFLINE"): Problem {
  return new Problem(message, code, 0);
}

export async function read(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  const message = String(body["user_message"] ?? t("The server answered {status}.", { status: answer.status }));
  const reasons = Array.isArray(body["errors"]) ? (body["errors"] as Reason[]) : [];
  const options = (body["passkey_options"] ?? null) as PublicKeyCredentialRequestOptionsJSON | null;
  return new Problem(message, String(body["error_code"] ?? "UNKNOWN"), answer.status, reasons, options);
}

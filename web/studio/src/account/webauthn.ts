import { Problem } from "../api/client";
import { t } from "../i18n";

/** Whether this browser can use passkeys on this page. */
export function hasPasskeys(origins: string[]): boolean {
  return (
    origins.includes(location.origin) &&
    typeof PublicKeyCredential === "function" &&
    "parseRequestOptionsFromJSON" in PublicKeyCredential
  );
}

/** Let the browser create a passkey. */
export async function create(options: PublicKeyCredentialCreationOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return serialised(navigator.credentials.create({ publicKey }));
}

/** Let a passkey sign; `conditional` waits until the person picks one in the field of the address. */
export async function sign(
  options: PublicKeyCredentialRequestOptionsJSON,
  more: Omit<CredentialRequestOptions, "publicKey"> = {},
): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return serialised(navigator.credentials.get({ publicKey, ...more }));
}

async function serialised(asked: Promise<Credential | null>): Promise<unknown> {
  try {
    return ((await asked) as PublicKeyCredential).toJSON();
  } catch (problem) {
    throw new Problem(explain(problem as DOMException), (problem as DOMException).name, 0);
  }
}

function explain(problem: DOMException): string {
  if (problem.name === "InvalidStateError") return t("This device has a passkey for your account already.");
  if (problem.name === "NotAllowedError") return t("No passkey was used: it was cancelled, or it took too long.");
  return t("The browser could not use a passkey. Try again.");
}

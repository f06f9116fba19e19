import { Problem, get, patch, post, remove } from "../api/client";
import { beginLogin, renewalEnded } from "../api/login";
import type { LoggedIn, Passkey } from "../api/types";
import { type Credentials, signIn } from "./actions";
import { reload, usePart } from "./queries";
import { create, sign } from "./webauthn";

/** How long the browser may wait for a person to pick a passkey; challenges last a minute longer. */
const WAIT_MS = 4 * 60_000;

/** The passkeys of the account. */
export const usePasskeys = () =>
  usePart("passkeys", async () => (await get<{ passkeys: Passkey[] }>("/api/auth/passkeys")).passkeys);

interface Added {
  passkey: Passkey;
  recovery_codes: string[];
}

/** Add a passkey; return the recovery codes that come with the first one. */
export async function addPasskey(name: string, proof: object): Promise<string[]> {
  const asked = await post<{ public_key: PublicKeyCredentialCreationOptionsJSON }>("/api/auth/passkeys/options", proof);
  const credential = await create(asked.public_key);
  const added = await post<Added>("/api/auth/passkeys", { name, credential });
  await reload("passkeys", "factor");
  return added.recovery_codes;
}

export async function renamePasskey(id: string, name: string): Promise<void> {
  await patch(`/api/auth/passkeys/${id}`, { name });
  await reload("passkeys");
}

export async function removePasskey(id: string, proof: object): Promise<void> {
  await remove(`/api/auth/passkeys/${id}`, proof);
  await reload("passkeys", "factor");
}

/** Sign in with a passkey alone. */
export async function signInWithPasskey(more: Omit<CredentialRequestOptions, "publicKey"> = {}): Promise<void> {
  await renewalEnded();
  const asked = await post<{ public_key: PublicKeyCredentialRequestOptionsJSON }>(
    "/api/auth/passkeys/sign-in/options",
    {},
  );
  const credential = await sign(asked.public_key, more);
  beginLogin(await post<LoggedIn>("/api/auth/passkeys/sign-in", { credential }));
}

/** Use a passkey in place of a code, after the password. */
export async function confirmWithPasskey(
  known: Credentials,
  options: PublicKeyCredentialRequestOptionsJSON,
): Promise<void> {
  await signIn({ ...known, passkey: await sign(options) });
}

/** Offer passkeys in the field of the address until one is picked; return a function that stops it. */
export function offerPasskeys(done: () => void, failed: (message: string) => void): () => void {
  let stopped = false;
  let controller = new AbortController();
  const offer = async () => {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    while (!stopped) {
      controller = new AbortController();
      const renewal = setTimeout(() => controller.abort(), WAIT_MS);
      try {
        await signInWithPasskey({ mediation: "conditional", signal: controller.signal });
        if (!stopped) done();
        return;
      } catch (problem) {
        if (stopped) return;
        if (!controller.signal.aborted) {
          // What the browser reports is no answer to something that the person did here.
          if (problem instanceof Problem && problem.status > 0) failed(problem.message);
          return;
        }
      } finally {
        clearTimeout(renewal);
      }
    }
  };
  void offer();
  return () => {
    stopped = true;
    controller.abort();
  };
}

import { get, post, remove } from "../api/client";
import type { Identity, NewSecret, SecondFactor } from "../api/types";
import { reload, usePart } from "./queries";

interface Codes {
  recovery_codes: string[];
}

/** The authenticator app of the account. */
export const useFactor = () => usePart("factor", () => get<SecondFactor>("/api/auth/totp"));

/** Return a secret for an app, which does nothing until a code confirms it. */
export const beginApp = (proof: object): Promise<NewSecret> => post<NewSecret>("/api/auth/totp", proof);

/** Turn the app on; return the recovery codes, which are shown once. */
export async function confirmApp(code: string): Promise<string[]> {
  const { recovery_codes } = await post<Codes>("/api/auth/totp/confirm", { code });
  await reload("factor");
  return recovery_codes;
}

export async function removeApp(proof: object): Promise<void> {
  await remove("/api/auth/totp", proof);
  await reload("factor");
}

export async function renewCodes(proof: object): Promise<string[]> {
  const { recovery_codes } = await post<Codes>("/api/auth/totp/recovery-codes", proof);
  await reload("factor");
  return recovery_codes;
}

/** The sign-ins with other providers. */
export const useIdentities = (enabled = true) =>
  usePart(
    "identities",
    async () => (await get<{ identities: Identity[] }>("/api/auth/identities")).identities,
    enabled,
  );

export async function disconnect(id: string, proof: object): Promise<void> {
  await remove(`/api/auth/identities/${id}`, proof);
  await reload("identities");
}

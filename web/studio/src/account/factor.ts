import { get, post, remove } from "../api/client";
import type { Identity, NewSecret, SecondFactor } from "../api/types";
import { createStore } from "../lib/store";

/** The authenticator app of the account, a secret that is being set up, and codes that are shown once. */
export const factor = createStore<{
  now: SecondFactor | null;
  secret: NewSecret | null;
  codes: string[];
  trouble: string;
}>({
  now: null,
  secret: null,
  codes: [],
  trouble: "",
});

/** The sign-ins with other providers. */
export const identities = createStore<{ now: Identity[] | null; trouble: string }>({ now: null, trouble: "" });

interface Codes {
  recovery_codes: string[];
}

export async function loadFactor(): Promise<void> {
  try {
    factor.set({ now: await get<SecondFactor>("/api/auth/totp"), trouble: "" });
  } catch (problem) {
    factor.set({ trouble: (problem as Error).message });
  }
}

export async function beginApp(proof: object): Promise<void> {
  factor.set({ secret: await post<NewSecret>("/api/auth/totp", proof), codes: [] });
}

export async function confirmApp(code: string): Promise<void> {
  const { recovery_codes: codes } = await post<Codes>("/api/auth/totp/confirm", { code });
  factor.set({ secret: null, codes });
  await loadFactor();
}

export async function removeApp(proof: object): Promise<void> {
  await remove("/api/auth/totp", proof);
  factor.set({ codes: [] });
  await loadFactor();
}

export async function renewCodes(proof: object): Promise<void> {
  const { recovery_codes: codes } = await post<Codes>("/api/auth/totp/recovery-codes", proof);
  factor.set({ codes });
  await loadFactor();
}

export async function loadIdentities(): Promise<void> {
  try {
    identities.set({ now: (await get<{ identities: Identity[] }>("/api/auth/identities")).identities, trouble: "" });
  } catch (problem) {
    identities.set({ trouble: (problem as Error).message });
  }
}

export async function disconnect(id: string, proof: object): Promise<void> {
  await remove(`/api/auth/identities/${id}`, proof);
  await loadIdentities();
}

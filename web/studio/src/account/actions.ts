import { Problem, get, patch, post, remove } from "../api/client";
import { beginLogin, forget, login, renewalEnded } from "../api/login";
import type { Account, Device, LoggedIn } from "../api/types";
import { writeStored } from "../lib/memory";
import { saveFile } from "../lib/saveFile";
import { leave } from "../live/session";
import { startAgain } from "./accounts";
import { reload, usePart } from "./queries";
import { t } from "../i18n";

export interface Credentials {
  email: string;
  password: string;
  code?: string;
  passkey?: unknown;
}

/** The devices that are signed in. */
export const useDevices = () =>
  usePart("devices", async () => (await get<{ sessions: Device[] }>("/api/auth/sessions")).sessions);

export async function signIn({ email, password, code, passkey }: Credentials): Promise<void> {
  await renewalEnded();
  const second = { ...(code ? { code } : {}), ...(passkey ? { passkey } : {}) };
  beginLogin(await post<LoggedIn>("/api/auth/login", { email, password, ...second }));
}

interface Confirmed extends LoggedIn {
  next: string;
}

/** Finish a sign-in with a provider with the second factor; return the page on which it began. */
export async function confirmProviderSignIn(second: { code?: string; passkey?: unknown }): Promise<string> {
  await renewalEnded();
  const answer = await post<Confirmed>("/api/auth/second-factor", second);
  beginLogin(answer);
  return answer.next;
}

/** Create an account and sign in; return whether a link to confirm the address was sent. */
export async function signUp({ email, password }: Credentials, invitation = ""): Promise<boolean> {
  const sent = { email, password, ...(invitation ? { invitation } : {}) };
  const { verification } = await post<{ verification: string }>("/api/auth/register", sent);
  try {
    await signIn({ email, password });
  } catch (problem) {
    if (!(problem instanceof Problem) || !["LOGIN_FAILED", "SECOND_FACTOR_NEEDED"].includes(problem.code))
      throw problem;
    // The server does not say that the address is taken; the mail to its owner does.
    throw new Problem(
      t("You could not be signed in. If you already have an account, sign in with its password or choose a new one."),
      problem.code,
      401,
    );
  }
  return verification === "sent";
}

/** Sign out, and leave nothing of the user on this device. */
export async function signOut(): Promise<void> {
  await renewalEnded();
  await post("/api/auth/logout", {});
  end("");
}

export async function deleteAccount(current_password: string): Promise<void> {
  await remove("/api/auth/me", current_password ? { current_password } : {});
  end("deleted");
}

function end(view: string): void {
  forget();
  writeStored("draft", null);
  startAgain(view);
}

export const confirmAddress = async (token: string): Promise<void> => {
  const account = await post<Account>("/api/auth/verify", { token });
  if (login.get().user?.user_id === account.user_id) login.set({ user: account });
};

export const resendLink = (): Promise<void> => post("/api/auth/verify/resend", {});

export const askForLink = (email: string): Promise<void> => post("/api/auth/password/forgot", { email });

/** Choose a new password with the token of a link; this ends all sign-ins, also the one here. */
export async function resetPassword(token: string, password: string): Promise<void> {
  await post("/api/auth/password/reset", { token, password });
  if (!login.get().user) return;
  forget();
  leave();
}

export async function changePassword(current_password: string, password: string): Promise<void> {
  await post("/api/auth/password/change", { current_password, password });
  await reload("devices");
}

export async function changeEmail(current_password: string, email: string): Promise<void> {
  login.set({ user: await patch<Account>("/api/auth/me", { current_password, email }) });
}

export async function signDeviceOut(id: string): Promise<void> {
  await remove(`/api/auth/sessions/${id}`);
  await reload("devices");
}

/** Save everything that is stored about the account as a file. */
export async function saveExport(): Promise<void> {
  const text = JSON.stringify(await get<unknown>("/api/auth/me/export"), null, 2);
  saveFile(new Blob([text], { type: "application/json" }), "callsheet-account.json");
}

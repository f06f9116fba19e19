import { onEnded } from "../api/login";
import type { Capabilities } from "../api/types";
import { writeStored } from "../lib/memory";
import { paths } from "../lib/paths";
import { capabilities } from "../make/capabilities";

export type Accounts = NonNullable<Capabilities["accounts"]>;

/** How people may sign in here; null if they cannot, or as long as that is unknown. */
export function useAccounts(): Accounts | null {
  const accounts = capabilities.use((now) => now.now?.accounts);
  return accounts && accounts.mode !== "off" ? accounts : null;
}

/** Load the page again without anything of the user who was signed in. */
export function startAgain(view: string): void {
  writeStored("session", null);
  location.replace(paths.account(view));
}

onEnded(() => startAgain("ended"));

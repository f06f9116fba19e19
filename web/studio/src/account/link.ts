import { replace } from "../lib/navigate";
import { paths } from "../lib/paths";
import { createStore } from "../lib/store";

/** The link of a mail that was opened: what it is for, and its token. */
export const link = createStore<{ action: string; token: string }>({ action: "", token: "" });

/** Keep the token of a link, and remove it from the address: it must not stay in the history. */
export function takeLink(view: string): void {
  const [action = "", token = ""] = view.split("=");
  if (!token) return;
  link.set({ action, token });
  replace(paths.account(action));
}

import { createStore } from "./store";

/** `#make`, `#watch/JOB`, `#library/VIEW`, `#account/VIEW`; the page for operators has its own URL. */
export interface Route {
  page: "make" | "watch" | "library" | "account" | "operate";
  job: string | null;
  /** The view of the library or the account page, or the action and token of a link in a mail. */
  view?: string;
}

export function parse(path: string, hash: string): Route {
  if (path.replace(/\/$/, "") === "/operate") return { page: "operate", job: null };
  // Links in mails lead here: `/account#reset=TOKEN`.
  if (path.replace(/\/$/, "") === "/account") return { page: "account", job: null, view: hash.slice(1) };
  const [page, job] = hash.replace(/^#\/?/, "").split("/");
  if (page === "watch") return { page, job: job || null };
  if (page === "account") return { page, job: null, view: job ?? "" };
  return page === "library" ? { page, job: null, view: job ?? "" } : { page: "make", job: null };
}

export const route = createStore<{ now: Route }>({
  now: parse(location.pathname, location.hash),
});

addEventListener("hashchange", arrive);

function arrive(): void {
  route.set({ now: parse(location.pathname, location.hash) });
  document.getElementById("page")?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

export function go(hash: string): void {
  location.hash = hash;
}

/** Show another page in place of this one, which "Back" does not return to. */
export function replace(hash: string): void {
  history.replaceState(null, "", `/#${hash}`);
  arrive();
}

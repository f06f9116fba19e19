import { createStore } from "./store";

/** `#make`, `#watch/JOB`, `#library`; the page for operators has its own URL. */
export interface Route {
  page: "make" | "watch" | "library" | "operate";
  job: string | null;
}

export function parse(path: string, hash: string): Route {
  if (path.replace(/\/$/, "") === "/operate") return { page: "operate", job: null };
  const [page, job] = hash.replace(/^#\/?/, "").split("/");
  if (page === "watch") return { page, job: job || null };
  return { page: page === "library" ? page : "make", job: null };
}

export const route = createStore<{ now: Route }>({
  now: parse(location.pathname, location.hash),
});

addEventListener("hashchange", () => {
  route.set({ now: parse(location.pathname, location.hash) });
  document.getElementById("page")?.focus({ preventScroll: true });
  scrollTo(0, 0);
});

export function go(hash: string): void {
  location.hash = hash;
}

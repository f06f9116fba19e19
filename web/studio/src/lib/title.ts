import { useEffect } from "react";
import { createStore } from "./store";

const NAME = "Callsheet";

/** What the tab shows: the page, and how many videos have ended since it was last looked at. */
const tab = createStore({ page: "", unseen: 0 });

/** Show what a page is in the title of the tab; empty: only the product. */
export function usePageTitle(page: string): void {
  useEffect(() => {
    tab.set({ page });
    show();
  }, [page]);
}

/** Mark the tab after a video that ended while it was in the background. */
export function markTab(): void {
  if (!document.hidden) return;
  tab.set(({ unseen }) => ({ unseen: unseen + 1 }));
  show();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !tab.get().unseen) return;
  tab.set({ unseen: 0 });
  show();
});

function show(): void {
  const { page, unseen } = tab.get();
  document.title = `${unseen ? `(${unseen}) ` : ""}${page ? `${page} · ${NAME}` : NAME}`;
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const file = unseen ? "mark-ended.svg" : "mark.svg";
  if (icon && !icon.href.endsWith(`/${file}`)) icon.href = icon.href.replace(/[^/]+$/, file);
}

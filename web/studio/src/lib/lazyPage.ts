import { type ComponentType, lazy } from "react";
import { createStore } from "./store";

/** How many pages are being loaded; the present one is shown until then. */
export const loadingPages = createStore({ count: 0 });

/** Load a page when it is shown first. */
export function lazyPage(load: () => Promise<ComponentType>): ComponentType {
  return lazy(async () => {
    loadingPages.set(({ count }) => ({ count: count + 1 }));
    try {
      return { default: await load() };
    } finally {
      loadingPages.set(({ count }) => ({ count: count - 1 }));
    }
  });
}

import { type ComponentType, lazy, useEffect, useState } from "react";
import { createStore } from "../lib/store";
import { Waiting } from "./Waiting";

/** How many pages are being loaded; the present one is shown until then. */
export const loadingPages = createStore({ count: 0 });

/** Whether a page has been shown already. */
let hasShown = false;

/** Load a page when it is shown first.
 *
 * The first page is awaited without Suspense, which would show it no earlier than 300 ms after its placeholder. */
export function lazyPage(load: () => Promise<ComponentType>): ComponentType {
  let loaded: ComponentType | null = null;
  const get = async () => (loaded ??= await load());
  const Later = lazy(async () => {
    loadingPages.set(({ count }) => ({ count: count + 1 }));
    try {
      return { default: await get() };
    } finally {
      loadingPages.set(({ count }) => ({ count: count - 1 }));
    }
  });
  function First() {
    const [found, setFound] = useState<{ Page?: ComponentType; problem?: unknown }>({});
    useEffect(() => {
      get().then(
        (Page) => setFound({ Page }),
        (problem: unknown) => setFound({ problem }),
      );
    }, []);
    if (found.problem) throw found.problem;
    return found.Page ? <found.Page /> : <Waiting />;
  }
  return function Shown() {
    const [Page] = useState<ComponentType>(() => loaded ?? (hasShown ? Later : First));
    useEffect(() => {
      hasShown = true;
    }, []);
    return <Page />;
  };
}

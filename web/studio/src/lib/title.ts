import { useEffect } from "react";

const NAME = "Callsheet";

/** Show what a page is in the title of the tab; empty: only the product. */
export function usePageTitle(shown: string): void {
  useEffect(() => {
    document.title = shown ? `${shown} · ${NAME}` : NAME;
  }, [shown]);
}

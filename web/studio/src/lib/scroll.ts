import { useEffect, useLayoutEffect } from "react";
import { useLocation, useNavigationType } from "react-router";

const NAME = "callsheet.scroll";
const positions = stored();

/** Show a new page from its top, and one that is gone back to where it was left. */
export function useScrollRestoration(): void {
  const { key, hash } = useLocation();
  const type = useNavigationType();
  useLayoutEffect(() => {
    const known = positions[key];
    if (type === "POP" && known !== undefined) scrollTo(0, known);
    else if (hash) document.getElementById(hash.slice(1))?.scrollIntoView();
    else scrollTo(0, 0);
    const note = () => (positions[key] = scrollY);
    addEventListener("scroll", note, { passive: true });
    return () => removeEventListener("scroll", note);
  }, [key]);
  useEffect(() => {
    const before = history.scrollRestoration;
    history.scrollRestoration = "manual";
    addEventListener("pagehide", store);
    return () => {
      history.scrollRestoration = before;
      removeEventListener("pagehide", store);
    };
  }, []);
}

function stored(): Record<string, number> {
  try {
    return JSON.parse(sessionStorage.getItem(NAME) ?? "{}") as Record<string, number>;
  } catch {
    return {};
  }
}

function store(): void {
  try {
    sessionStorage.setItem(NAME, JSON.stringify(positions));
  } catch {
    // Private windows may refuse it.
  }
}

import { type RefObject, useEffect, useRef, useState } from "react";

/** What is this far outside the window is made before it is scrolled to. */
const MARGIN = "1200px 0px";

const listeners = new WeakMap<Element, () => void>();
const observer =
  typeof IntersectionObserver === "undefined"
    ? null
    : new IntersectionObserver(
        (entries) => {
          for (const { isIntersecting, target } of entries) if (isIntersecting) listeners.get(target)?.();
        },
        { rootMargin: MARGIN },
      );

/** Return whether an element has come near the window; a long list makes only such entries in full. */
export function useNear<T extends Element>(): [RefObject<T | null>, boolean] {
  const place = useRef<T>(null);
  const [near, setNear] = useState(observer === null);
  useEffect(() => {
    const element = place.current;
    if (!element || !observer) return undefined;
    listeners.set(element, () => {
      observer.unobserve(element);
      setNear(true);
    });
    observer.observe(element);
    return () => observer.unobserve(element);
  }, []);
  return [place, near];
}

import { useEffect, useState } from "react";
import { get } from "../api/client";

/** Return the contents of a JSON file; null until they are loaded. */
export function useJson<T>(url: string | null): T | null {
  const [found, setFound] = useState<T | null>(null);
  useEffect(() => {
    let wanted = true;
    if (url)
      get<T>(url).then(
        (read) => wanted && setFound(read),
        () => undefined,
      );
    return () => void (wanted = false);
  }, [url]);
  return found;
}

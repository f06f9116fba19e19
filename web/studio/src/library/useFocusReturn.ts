import { useEffect, useRef } from "react";

/** Give the focus back to a button when what it has opened is closed again. */
export function useFocusReturn(open: boolean) {
  const button = useRef<HTMLButtonElement>(null);
  const was = useRef(open);
  useEffect(() => {
    if (was.current && !open) button.current?.focus();
    was.current = open;
  }, [open]);
  return button;
}

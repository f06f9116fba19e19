import { type ReactNode, useEffect, useId, useRef, useState } from "react";

/** A place for one file: choose it, drop it anywhere on the page, or paste it. */
export function FileZone({
  label,
  accept,
  busy = false,
  onFile,
  children,
  className = "",
}: {
  label: string;
  accept: string;
  busy?: boolean;
  onFile: (file: File) => void;
  children: ReactNode;
  className?: string;
}) {
  const id = useId();
  const over = useFilesOfPage(onFile, busy);
  return (
    <div
      className={`relative rounded-[3px] border border-dashed transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ink ${
        over ? "border-primary bg-paper" : "border-soft bg-sheet hover:border-ink"
      } ${className}`}
    >
      <input
        id={id}
        type="file"
        accept={accept}
        aria-label={label}
        disabled={busy}
        className="absolute inset-0 z-1 size-full cursor-pointer opacity-0 disabled:cursor-progress"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) onFile(file);
        }}
      />
      {children}
    </div>
  );
}

/** Take files that are dropped or pasted anywhere on the page; return whether one is over it now. */
function useFilesOfPage(onFile: (file: File) => void, busy: boolean): boolean {
  const [over, setOver] = useState(false);
  const take = useRef(onFile);
  take.current = (file) => {
    if (!busy) onFile(file);
  };
  useEffect(() => {
    const hasFiles = (data: DataTransfer | null) => data?.types.includes("Files") ?? false;
    const onDrag = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault(); // otherwise the browser opens the file in place of the page
      setOver(event.type === "dragover");
      const file = event.type === "drop" ? event.dataTransfer?.files[0] : undefined;
      if (file) take.current(file);
    };
    const onPaste = (event: ClipboardEvent) => {
      const file = event.clipboardData?.files[0];
      if (!file) return;
      event.preventDefault();
      take.current(file);
    };
    const leave = (event: DragEvent) => {
      if (!event.relatedTarget) setOver(false);
    };
    const drags = ["dragover", "drop"] as const;
    for (const kind of drags) addEventListener(kind, onDrag);
    addEventListener("dragleave", leave);
    addEventListener("paste", onPaste);
    return () => {
      for (const kind of drags) removeEventListener(kind, onDrag);
      removeEventListener("dragleave", leave);
      removeEventListener("paste", onPaste);
    };
  }, []);
  return over;
}

import { type DragEvent, type ReactNode, useId, useState } from "react";

/** A drop target for a file that also opens a file chooser. */
export function FileDrop({
  label,
  accept,
  onFile,
  children,
  className = "",
}: {
  label: string;
  accept: string;
  onFile: (file: File) => void;
  children: ReactNode;
  className?: string;
}) {
  const id = useId();
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={`relative rounded-[3px] border border-dashed transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ink ${
        over ? "border-primary bg-paper" : "border-soft hover:border-ink"
      } ${className}`}
    >
      <input
        id={id}
        type="file"
        accept={accept}
        aria-label={label}
        className="absolute inset-0 z-1 size-full cursor-pointer opacity-0"
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

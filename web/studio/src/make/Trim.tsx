import { useState } from "react";
import { Button } from "../ui/Button";
import { send, uploads } from "./uploads";

/** Keep a part of the recording: the server cuts the file that was sent last. */
export function Trim() {
  const file = uploads.use((now) => now.voice.file);
  const [part, setPart] = useState({ start: "", end: "" });
  if (!file) return null;
  const field = (name: "start" | "end", label: string) => (
    <label className="text-sm">
      <span className="caption mb-1 block">{label}</span>
      <input
        type="number" min="0" step="0.1" inputMode="decimal" value={part[name]}
        onChange={(event) => setPart({ ...part, [name]: event.target.value })}
        className="block min-h-11 w-24 rounded-[3px] border border-ink/70 bg-sheet px-3"
      />
    </label>
  );
  return (
    <div className="flex flex-wrap items-end gap-3">
      {field("start", "From second")}
      {field("end", "To second")}
      <Button disabled={!part.start && !part.end} onClick={() => void send("voice", file, part)}>Keep this part</Button>
    </div>
  );
}

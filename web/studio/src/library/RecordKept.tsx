import { useState } from "react";
import { Button } from "../ui/Button";
import { ReadAloud } from "./ReadAloud";

/** About twelve seconds, with most sounds of English. */
const TEXT =
  "The sun was low when we came to the harbour. Two boats lay at the quay, and a man in a yellow coat was mending nets. He looked up, smiled, and asked us which road we had taken.";

/** Record a voice in the browser, hear it, and keep it. */
export function RecordKept({ busy, onFile }: { busy: boolean; onFile: (file: File) => void }) {
  const [open, setOpen] = useState(false);
  const [file, setFile] = useState<File | null>(null);
  if (!open) return <Button onClick={() => setOpen(true)}><span aria-hidden className="size-2.5 rounded-full bg-recording" />Record a voice here</Button>;
  const add = () => {
    if (file) onFile(file);
    setFile(null);
    setOpen(false);
  };
  return (
    <section aria-label="Record a voice" className="max-w-2xl space-y-4 border-t-2 border-ink bg-sheet p-5">
      <ReadAloud noun="text" text={TEXT} file={file} onFile={setFile} />
      <div className="flex flex-wrap gap-3">
        {file && <Button variant="primary" aria-disabled={busy} onClick={add}>Add this recording</Button>}
        <Button variant="quiet" onClick={() => { setFile(null); setOpen(false); }}>Cancel</Button>
      </div>
    </section>
  );
}

import { useState } from "react";
import { Button } from "../ui/Button";
import { language, t } from "../i18n";
import { promptOf } from "../make/prompts";
import { ReadAloud } from "./ReadAloud";

/** Record a voice in the browser, hear it, and keep it. */
export function RecordKept({ busy, onFile }: { busy: boolean; onFile: (file: File) => void }) {
  const [open, setOpen] = useState(false);
  const [file, setFile] = useState<File | null>(null);
  if (!open)
    return (
      <Button onClick={() => setOpen(true)}>
        <span aria-hidden className="size-2.5 rounded-full bg-recording" />
        {t("Record a voice here")}
      </Button>
    );
  const add = () => {
    if (file) onFile(file);
    setFile(null);
    setOpen(false);
  };
  return (
    <section aria-label={t("Record a voice")} className="max-w-2xl space-y-4 border-t-2 border-ink bg-sheet p-5">
      <ReadAloud noun={t("text")} text={promptOf(language)} file={file} onFile={setFile} />
      <div className="flex flex-wrap gap-3">
        {file && (
          <Button variant="primary" aria-disabled={busy} onClick={add}>
            {t("Add this recording")}
          </Button>
        )}
        <Button
          variant="quiet"
          onClick={() => {
            setFile(null);
            setOpen(false);
          }}
        >
          {t("Cancel")}
        </Button>
      </div>
    </section>
  );
}

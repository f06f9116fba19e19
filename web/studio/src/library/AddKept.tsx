import { useState } from "react";
import { Problem } from "../api/client";
import { explain } from "../make/fileCheck";
import { Button } from "../ui/Button";
import { FileZone } from "../ui/FileZone";
import { Notice } from "../ui/Notice";
import { Progress } from "../ui/Progress";
import { RecordKept } from "./RecordKept";
import { type Kept, type Kind, add } from "./kept";
import { WORDS } from "./words";
import { t } from "../i18n";

interface AddProps {
  kind: Kind;
  onBegin: () => void;
  onAdded: (answer: { item: Kept; isNew: boolean }) => void;
}

/** A place for a new file: chosen, dropped or pasted; with its progress and why it was refused. */
export function AddKept({ kind, onBegin, onAdded }: AddProps) {
  const { label, hint, accept, noun } = WORDS[kind];
  const [sending, setSending] = useState<{ file: File; share: number; stop: () => void } | null>(null);
  const [refused, setRefused] = useState<{ file: File; problem: Problem } | null>(null);
  const send = async (file: File) => {
    const control = new AbortController();
    const note = (share: number) => setSending({ file, share, stop: () => control.abort() });
    onBegin();
    setRefused(null);
    note(0);
    try {
      onAdded(await add(kind, file, note, control.signal));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.code !== "CANCELLED") setRefused({ file, problem });
    } finally {
      setSending(null);
    }
  };
  return (
    <div className="space-y-3">
      <FileZone
        label={label}
        accept={accept}
        busy={sending !== null}
        onFile={(file) => void send(file)}
        className="px-6 py-8 text-center"
      >
        <p className="text-lg">{t("{label}: drop it anywhere on this page, paste it, or choose a file", { label })}</p>
        <p className="mt-1 text-sm text-soft">{hint}</p>
      </FileZone>
      {kind === "voice" && <RecordKept busy={sending !== null} onFile={(file) => void send(file)} />}
      {sending && (
        <Progress
          share={sending.share}
          label={
            sending.share < 1
              ? t("Sending {name}", { name: sending.file.name })
              : t("Checking {name}", { name: sending.file.name })
          }
          onCancel={sending.stop}
        />
      )}
      {refused && <Refusal noun={noun} {...refused} onRetry={() => void send(refused.file)} />}
    </div>
  );
}

function Refusal({
  noun,
  file,
  problem,
  onRetry,
}: {
  noun: string;
  file: File;
  problem: Problem;
  onRetry: () => void;
}) {
  if (!problem.reasons.length)
    return (
      <Notice title={problem.message}>
        <Button onClick={onRetry}>{t("Try again")}</Button>
      </Notice>
    );
  return (
    <Notice title={t("The {noun} was refused: {name}", { noun, name: file.name })}>
      <ul className="space-y-2">
        {problem.reasons.map(explain).map(({ layer, message, remedy }) => (
          <li key={layer + message}>
            <span className="block text-sm text-soft">{layer}</span>
            {message} <span className="text-soft">{remedy}</span>
          </li>
        ))}
      </ul>
    </Notice>
  );
}

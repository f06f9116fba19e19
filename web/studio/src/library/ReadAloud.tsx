import { useEffect, useRef, useState } from "react";
import { clock } from "../lib/format";
import { NoMicrophone, type Recording, record } from "../make/recording";
import { Button } from "../ui/Button";
import { t } from "../i18n";

const SHORTEST_SECONDS = 3;

/** A text that a person reads aloud, and its recording. */
export function ReadAloud({
  text,
  noun,
  file,
  onFile,
}: {
  text: string;
  noun: string;
  file: File | null;
  onFile: (file: File | null) => void;
}) {
  const recording = useRef<Recording | null>(null);
  const [on, setOn] = useState(false);
  const [seconds, setSeconds] = useState(0);
  const [trouble, setTrouble] = useState("");
  useEffect(() => () => recording.current?.cancel(), []);
  const stop = () => {
    const made = recording.current?.stop();
    recording.current = null;
    setOn(false);
    if (made) onFile(made);
  };
  const start = async () => {
    setTrouble("");
    setSeconds(0);
    onFile(null);
    try {
      recording.current = await record((_, elapsed) => setSeconds(elapsed), stop);
      setOn(true);
    } catch (refused) {
      setTrouble(refused instanceof NoMicrophone ? refused.message : t("The recording could not start."));
    }
  };
  return (
    <div className="space-y-3">
      <p className="text-sm text-soft">{t("The person reads this aloud:")}</p>
      <blockquote className="border-s-4 border-ink bg-paper px-4 py-3 text-lg">{text}</blockquote>
      <div className={`flex flex-wrap items-center gap-4 ${on ? "border border-recording bg-recording-wash p-3" : ""}`}>
        {on ? (
          <Button
            autoFocus
            variant="primary"
            onClick={stop}
            aria-disabled={seconds < SHORTEST_SECONDS}
            disabled={seconds < SHORTEST_SECONDS}
          >
            {t("Stop recording")}
          </Button>
        ) : (
          <Button onClick={() => void start()}>
            <span aria-hidden className="size-2.5 rounded-full bg-recording" />
            {file ? t("Record again") : t("Record the {noun}", { noun })}
          </Button>
        )}
        {on && (
          <>
            <span role="timer" className="figures">
              {clock(seconds)}
            </span>
            <span role="status" className="text-sm">
              {t("Recording")}
            </span>
          </>
        )}
        {!on && file && <Playback file={file} label={t("The recorded {noun}", { noun })} />}
      </div>
      {trouble && (
        <p role="alert" className="text-sm">
          {trouble}
        </p>
      )}
    </div>
  );
}

/** Hear what was recorded before it is kept. */
function Playback({ file, label }: { file: File; label: string }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url ? <audio controls src={url} aria-label={label} className="h-10 max-w-full" /> : null;
}

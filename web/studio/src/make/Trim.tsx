import { useEffect, useRef, useState } from "react";
import { Button } from "../ui/Button";
import { FIELD } from "./Select";
import { send, uploads } from "./uploads";
import { t } from "../i18n";

/** Keep a part of the recording: the server cuts the file that was sent last. */
export function Trim() {
  const file = uploads.use((now) => now.voice.file);
  const [part, setPart] = useState({ start: "", end: "" });
  if (!file) return null;
  const [start, end] = [seconds(part.start, 0), seconds(part.end, Infinity)];
  const wrong = Number.isNaN(start) || Number.isNaN(end) || end <= start;
  const field = (name: "start" | "end", label: string) => (
    <label className="text-sm">
      <span className="caption mb-1 block">{label}</span>
      <input
        inputMode="decimal"
        maxLength={8}
        value={part[name]}
        aria-invalid={wrong || undefined}
        onChange={(event) => setPart({ ...part, [name]: event.target.value.replace(",", ".") })}
        className={`figures ${FIELD} !w-24`}
      />
    </label>
  );
  const untouched = !part.start && !part.end;
  return (
    <div>
      <div className="flex flex-wrap items-end gap-3">
        {field("start", t("From second"))}
        {field("end", t("To second"))}
        <HearPart file={file} start={start} end={end} disabled={untouched || wrong} />
        <Button disabled={untouched || wrong} onClick={() => void send("voice", file, part)}>
          {t("Keep this part")}
        </Button>
      </div>
      {wrong && (
        <p role="alert" className="mt-1.5 text-sm">
          {t("Give seconds, the second ones later than the first.")}
        </p>
      )}
    </div>
  );
}

function seconds(typed: string, without: number): number {
  if (!typed.trim()) return without;
  return /^\d+(\.\d*)?$/.test(typed.trim()) ? Number(typed) : Number.NaN;
}

/** Play the part before it is cut. */
function HearPart({ file, start, end, disabled }: { file: File; start: number; end: number; disabled: boolean }) {
  const player = useRef<HTMLAudioElement | null>(null);
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    const audio = new Audio(URL.createObjectURL(file));
    player.current = audio;
    audio.onpause = () => setPlaying(false);
    return () => {
      audio.pause();
      URL.revokeObjectURL(audio.src);
    };
  }, [file]);
  const toggle = () => {
    const audio = player.current;
    if (!audio) return;
    if (playing) return audio.pause();
    audio.currentTime = start;
    audio.ontimeupdate = () => {
      if (audio.currentTime >= end) audio.pause();
    };
    void audio.play().then(
      () => setPlaying(true),
      () => undefined,
    );
  };
  return (
    <Button disabled={disabled && !playing} onClick={toggle}>
      {playing ? t("Stop") : t("Hear this part")}
    </Button>
  );
}

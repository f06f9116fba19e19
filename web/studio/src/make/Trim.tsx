import { useEffect, useRef, useState } from "react";
import { Button } from "../ui/Button";
import { PartFields, WHOLE, isWrong, range } from "../ui/PartFields";
import { send, uploads } from "./uploads";
import { t } from "../i18n";

/** Keep a part of the recording: the server cuts the file that was sent last. */
export function Trim() {
  const file = uploads.use((now) => now.voice.file);
  const [part, setPart] = useState(WHOLE);
  if (!file) return null;
  const [start, end] = range(part);
  const unusable = isWrong(part) || (!part.start && !part.end);
  return (
    <PartFields part={part} onChange={setPart}>
      <HearPart file={file} start={start} end={end} disabled={unusable} />
      <Button disabled={unusable} onClick={() => void send("voice", file, part)}>
        {t("Keep this part")}
      </Button>
    </PartFields>
  );
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

import { useEffect, useRef, useState } from "react";
import { clock } from "../lib/format";
import { peaksOf } from "./peaks";
import { t } from "../i18n";

const PARTS = 72;

/** An audio player that shows the waveform, with a slider for the position. */
export function Waveform({ url, label }: { url: string; label: string }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [wave, setWave] = useState<number[]>([]);
  const [{ at, length, playing }, setState] = useState({ at: 0, length: 0, playing: false });
  useEffect(() => {
    let wanted = true;
    peaksOf(url, PARTS).then(
      (found) => wanted && setWave(found),
      () => undefined,
    );
    return () => void (wanted = false);
  }, [url]);
  const follow = () => {
    const element = audio.current;
    if (element) setState({ at: element.currentTime, length: element.duration || 0, playing: !element.paused });
  };
  const toggle = () => void (audio.current?.paused ? audio.current.play() : audio.current?.pause());
  const share = length ? at / length : 0;
  return (
    <div className="flex items-center gap-3">
      <audio
        ref={audio}
        src={url}
        preload="metadata"
        onTimeUpdate={follow}
        onLoadedMetadata={follow}
        onPlay={follow}
        onPause={follow}
        onEnded={follow}
      />
      <button
        type="button"
        onClick={toggle}
        aria-label={`${playing ? t("Pause") : t("Play")} ${label}`}
        className="grid size-11 shrink-0 place-items-center rounded-full border border-ink/70 hover:bg-ink hover:text-sheet"
      >
        <svg viewBox="0 0 16 16" className="size-4" fill="currentColor" aria-hidden>
          {playing ? <path d="M4 3h3v10H4zM9 3h3v10H9z" /> : <path d="M5 2.5v11l8-5.5z" />}
        </svg>
      </button>
      <div className="relative h-11 min-w-0 flex-1 has-focus-visible:outline-2 has-focus-visible:outline-ink">
        <svg viewBox={`0 0 ${PARTS} 20`} preserveAspectRatio="none" className="size-full" aria-hidden>
          {wave.map((peak, index) => (
            <rect
              key={index}
              x={index + 0.2}
              width={0.6}
              y={10 - Math.max(0.4, peak * 9.5)}
              height={Math.max(0.8, peak * 19)}
              className={index / PARTS < share ? "fill-primary" : "fill-ink"}
            />
          ))}
        </svg>
        <input
          type="range"
          min={0}
          max={length || 1}
          step={0.01}
          value={at}
          aria-label={t("Place in {label}", { label })}
          className="absolute inset-0 size-full cursor-pointer opacity-0"
          onChange={(event) => {
            if (audio.current) audio.current.currentTime = Number(event.target.value);
            follow();
          }}
        />
      </div>
      <span className="figures text-sm text-soft">{clock(length)}</span>
    </div>
  );
}

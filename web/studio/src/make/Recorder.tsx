import { useEffect, useRef, useState } from "react";
import { clock } from "../lib/format";
import { Button } from "../ui/Button";
import { NoMicrophone, type Recording, record } from "./recording";
import { send } from "./uploads";

const SHORTEST_SECONDS = 3;

/** Record a voice in the browser and upload it. */
export function Recorder() {
  const recording = useRef<Recording | null>(null);
  const [on, setOn] = useState(false);
  const [{ level, seconds }, setMeter] = useState({ level: 0, seconds: 0 });
  const [problem, setProblem] = useState("");
  useEffect(() => () => recording.current?.cancel(), []);

  const stop = () => {
    const file = recording.current?.stop();
    recording.current = null;
    setOn(false);
    if (file) void send("voice", file);
  };
  const start = async () => {
    setProblem("");
    setMeter({ level: 0, seconds: 0 });
    try {
      recording.current = await record((now, elapsed) => setMeter((last) => ({ level: Math.max(now, last.level * 0.9), seconds: elapsed })), stop);
      setOn(true);
    } catch (refused) {
      setProblem(refused instanceof NoMicrophone ? refused.message : "The recording could not start.");
    }
  };
  if (!on) {
    return (
      <div>
        <Button onClick={() => void start()}><span aria-hidden className="size-2.5 rounded-full bg-cue" />Record in the browser</Button>
        {problem && <p role="alert" className="mt-2 text-sm">{problem}</p>}
      </div>
    );
  }
  return (
    <div className="flex w-full items-center gap-4 border border-cue bg-wash p-3">
      <Button variant="cue" onClick={stop} disabled={seconds < SHORTEST_SECONDS}>Stop and use</Button>
      <Meter level={level} />
      <span className="figures" role="timer">{clock(seconds)}</span>
      <span className="sr-only" role="status">Recording</span>
    </div>
  );
}

const BARS = 24;

function Meter({ level }: { level: number }) {
  return (
    <div role="meter" aria-label="Loudness" aria-valuenow={Math.round(level * 100)} aria-valuemin={0} aria-valuemax={100} className="flex h-7 flex-1 items-center gap-[3px]">
      {Array.from({ length: BARS }, (_, index) => (
        <span key={index} className={`h-full flex-1 ${level * BARS > index ? (index > BARS * 0.85 ? "bg-cue" : "bg-ink") : "bg-rule"}`} />
      ))}
    </div>
  );
}

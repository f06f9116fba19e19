import { useEffect, useRef, useState } from "react";
import { clock } from "../lib/format";
import { Button } from "../ui/Button";
import { Meter } from "./Meter";
import { Select } from "./Select";
import { draft } from "./draft";
import { promptOf } from "./prompts";
import { useLastQuote } from "./quote";
import { type Microphone, NoMicrophone, openMicrophone } from "./recording";
import { send } from "./uploads";
import { primary } from "./voices";
import { t } from "../i18n";

const SHORTEST_SECONDS = 3;
const SILENT = { level: 0, seconds: 0 };

/** Record a voice in the browser and upload it. */
export function Recorder() {
  const microphone = useRef<Microphone | null>(null);
  const [open, setOpen] = useState<Microphone | null>(null);
  const [recording, setRecording] = useState(false);
  const [{ level, seconds }, setMeter] = useState(SILENT);
  const [problem, setProblem] = useState("");
  const close = () => {
    microphone.current?.close();
    microphone.current = null;
    setOpen(null);
    setRecording(false);
    setMeter(SILENT);
  };
  useEffect(() => () => microphone.current?.close(), []);

  const use = () => {
    const file = microphone.current?.finish();
    close();
    if (file) void send("voice", file);
  };
  const listen = async (device = "") => {
    setProblem("");
    close();
    try {
      microphone.current = await openMicrophone(device, {
        onLevel: (now, elapsed) => setMeter((last) => ({ level: Math.max(now, last.level * 0.9), seconds: elapsed })),
        onFull: use,
        onLost: () => {
          close();
          setProblem(t("The microphone was disconnected. Record again."));
        },
      });
      setOpen(microphone.current);
    } catch (refused) {
      setProblem(refused instanceof NoMicrophone ? refused.message : t("The recording could not start."));
    }
  };
  if (!open) {
    return (
      <div>
        <Button onClick={() => void listen()}>
          <span aria-hidden className="size-2.5 rounded-full bg-recording" />
          {t("Record in the browser")}
        </Button>
        {problem && (
          <p role="alert" className="mt-2 text-sm">
            {problem}
          </p>
        )}
      </div>
    );
  }
  const begin = () => {
    open.begin();
    setRecording(true);
  };
  return (
    <section
      aria-label={t("Recorder")}
      className={`w-full space-y-4 border p-4 ${recording ? "border-recording bg-recording-wash" : "border-rule bg-paper"}`}
    >
      {!recording && open.devices.length > 0 && (
        <Select id="microphone" label={t("Microphone")} value={open.device} onChange={(device) => void listen(device)}>
          {open.devices.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
      <Prompt />
      <div className="flex items-center gap-4">
        <Meter level={level} />
        <span className="figures" role="timer">
          {clock(seconds)}
        </span>
      </div>
      <div className="flex flex-wrap items-center gap-3">
        {recording ? (
          <Button variant="primary" onClick={use} disabled={seconds < SHORTEST_SECONDS}>
            {t("Stop and use")}
          </Button>
        ) : (
          <Button variant="primary" autoFocus onClick={begin}>
            {t("Start recording")}
          </Button>
        )}
        <Button variant="quiet" onClick={close}>
          {recording ? t("Discard") : t("Cancel")}
        </Button>
        <span role="status" className="text-sm text-soft">
          {!recording
            ? t("Speak, and watch the level.")
            : seconds < SHORTEST_SECONDS
              ? t("Recording")
              : seconds < 10
                ? t("Recording. Ten seconds or more match a voice better.")
                : t("Recording")}
        </span>
      </div>
    </section>
  );
}

/** What to say: the user's own script where the recording is spoken as it is, else a text with most sounds. */
function Prompt() {
  const { source, script, language } = draft.use((now) => now);
  const detected = useLastQuote()?.language ?? "";
  const own = source === "recording" ? script.trim() : "";
  return (
    <div>
      <p className="caption mb-1">{t("Text to read aloud")}</p>
      <p
        tabIndex={0}
        role="group"
        aria-label={t("Text to read aloud")}
        className="max-h-40 overflow-y-auto text-[1.0625rem] leading-relaxed"
      >
        {own || promptOf(primary(language || detected))}
      </p>
    </div>
  );
}

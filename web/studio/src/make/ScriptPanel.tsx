import { clock, count } from "../lib/format";
import { spokenSeconds, words } from "../lib/words";
import { Panel } from "../ui/Panel";
import { Segments } from "../ui/Segments";
import { type Source, change, draft } from "./draft";
import { chosen } from "./chosen";
import { useAcceptedUpload } from "./uploads";

const LONGEST = 20_000;

export function ScriptPanel() {
  const { source, scenes } = draft.use((now) => now);
  const upload = useAcceptedUpload("voice");
  const kept = chosen.use((now) => now.voice);
  const voice = kept?.name ?? upload?.original_name;
  return (
    <Panel number="2" title="Script" aside={<Length />}>
      <div className="space-y-4">
        <Segments<Source>
          legend="Source"
          value={source}
          onChange={(value) => change({ source: value })}
          choices={[
            { value: "script", label: "My script" },
            { value: "topic", label: "A topic" },
            { value: "recording", label: "Recording", hint: "The face speaks your recording as it is" },
          ]}
        />
        {source === "script" && <Script />}
        {source === "topic" && <Topic scenes={scenes} />}
        {source === "recording" && (
          <p className="text-sm text-soft">
            {voice ? `The face speaks the recording “${voice}”.` : "Record or upload a voice below; the face speaks it as it is."}
          </p>
        )}
      </div>
    </Panel>
  );
}

function Script() {
  const script = draft.use((now) => now.script);
  return (
    <div>
      <label htmlFor="script" className="caption mb-1.5 block">Script</label>
      <textarea
        id="script"
        value={script}
        maxLength={LONGEST}
        rows={6}
        onChange={(event) => change({ script: event.target.value })}
        placeholder="Type what the face says. It is split into scenes at sentence ends."
        className="block w-full resize-y rounded-[3px] border border-ink/70 bg-sheet px-3 py-2.5 text-[1.0625rem] leading-relaxed placeholder:text-soft"
      />
    </div>
  );
}

function Topic({ scenes }: { scenes: number }) {
  const topic = draft.use((now) => now.topic);
  return (
    <div className="flex flex-wrap gap-4">
      <div className="min-w-0 flex-1 basis-64">
        <label htmlFor="topic" className="caption mb-1.5 block">Topic</label>
        <input
          id="topic"
          value={topic}
          maxLength={1000}
          onChange={(event) => change({ topic: event.target.value })}
          placeholder="How tides work"
          className="block min-h-11 w-full rounded-[3px] border border-ink/70 bg-sheet px-3 placeholder:text-soft"
        />
      </div>
      <div>
        <label htmlFor="scenes" className="caption mb-1.5 block">Scenes</label>
        <input
          id="scenes"
          type="number"
          min={1}
          max={24}
          value={scenes}
          onChange={(event) => change({ scenes: Math.min(24, Math.max(1, Number(event.target.value) || 1)) })}
          className="figures block min-h-11 w-24 rounded-[3px] border border-ink/70 bg-sheet px-3"
        />
      </div>
    </div>
  );
}

function Length() {
  const { source, script, scenes } = draft.use((now) => now);
  if (source === "topic") return <>about {count(scenes, "scene")}</>;
  if (source === "recording" || !script.trim()) return null;
  return <>{count(words(script), "word")} · about {clock(spokenSeconds(script))}</>;
}

import { clock, count } from "../lib/format";
import { spokenSeconds, words } from "../lib/words";
import { Button } from "../ui/Button";
import { Panel } from "../ui/Panel";
import { Segments } from "../ui/Segments";
import { LanguageField } from "./LanguageField";
import { SceneEditor } from "./SceneEditor";
import { FIELD } from "./Select";
import { LONGEST_SCRIPT, MOST_SCENES, type Source, change, draft } from "./draft";
import { chosen } from "./chosen";
import { useLastQuote } from "./quote";
import { isMarked, scriptOf, unmarked } from "./scenes";
import { useAcceptedUpload } from "./uploads";
import { t } from "../i18n";

export function ScriptPanel() {
  const source = draft.use((now) => now.source);
  const upload = useAcceptedUpload("voice");
  const kept = chosen.use((now) => now.voice);
  const voice = kept?.name ?? upload?.original_name;
  return (
    <Panel number="2" title={t("Script")} aside={<Length />}>
      <div className="space-y-4">
        <Segments<Source>
          legend={t("Source")}
          value={source}
          onChange={(value) => change({ source: value })}
          choices={[
            { value: "script", label: t("My script") },
            { value: "topic", label: t("A topic") },
            { value: "recording", label: t("Recording"), hint: t("The face speaks your recording as it is") },
          ]}
        />
        {source === "script" && <Script />}
        {source === "topic" && <Topic />}
        {source === "recording" && (
          <p className="text-sm text-soft">
            {voice
              ? t("The face speaks the recording “{voice}”.", { voice })
              : t("Record or upload a voice below; the face speaks it as it is.")}
          </p>
        )}
        <LanguageField />
      </div>
    </Panel>
  );
}

/** The script as one text or as its scenes. */
function Script() {
  const { script, byScene } = draft.use((now) => now);
  const beyond = script.length - LONGEST_SCRIPT;
  return (
    <div className="space-y-3">
      <ScriptView />
      {byScene ? <SceneEditor /> : <WholeScript invalid={beyond > 0} />}
      {beyond > 0 && (
        <p id="script-length" role="alert" className="text-sm font-medium">
          {t("{count} too long. A video takes up to {LONGEST_SCRIPT}.", {
            count: count(beyond, "character"),
            LONGEST_SCRIPT,
          })}
        </p>
      )}
    </div>
  );
}

function ScriptView() {
  const { script, byScene } = draft.use((now) => now);
  const planned = useLastQuote()?.plan?.scenes;
  const marked = isMarked(script);
  const show = (scenes: boolean) => {
    if (!scenes || marked) return change({ byScene: scenes });
    // As the server would split it; before it has answered, at empty lines.
    const known = planned?.map(({ text }) => text ?? "").filter(Boolean) ?? [];
    const same = known.join("").replace(/\s/g, "") === script.replace(/\s/g, "");
    change({ byScene: true, script: scriptOf(same && known.length ? known : script.split(/\n\s*\n/)) });
  };
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <div role="group" aria-label={t("Edit the script as")} className="flex gap-1 text-sm">
        <ViewButton on={!byScene} show={() => show(false)}>
          {t("Text")}
        </ViewButton>
        <ViewButton on={byScene} show={() => show(true)}>
          {t("Scenes")}
        </ViewButton>
      </div>
      {marked && (
        <Button
          variant="quiet"
          className="text-sm"
          onClick={() => change({ script: unmarked(script), byScene: false })}
        >
          {t("Split at sentences instead")}
        </Button>
      )}
    </div>
  );
}

function ViewButton({ on, show, children }: { on: boolean; show: () => void; children: string }) {
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={show}
      className={`min-h-11 border-b-2 px-3 ${on ? "border-ink font-medium" : "border-transparent text-soft hover:text-ink"}`}
    >
      {children}
    </button>
  );
}

function WholeScript({ invalid }: { invalid: boolean }) {
  const script = draft.use((now) => now.script);
  return (
    <div>
      <label htmlFor="script" className="caption mb-1.5 block">
        {t("Script")}
      </label>
      <textarea
        id="script"
        value={script}
        rows={6}
        aria-invalid={invalid || undefined}
        aria-describedby={invalid ? "script-length" : "script-hint"}
        onChange={(event) => change({ script: event.target.value })}
        placeholder={t("Type what the face says. It is split into scenes at sentence ends.")}
        className="block w-full resize-y rounded-[3px] border border-ink/70 bg-sheet px-3 py-2.5 text-[1.0625rem] leading-relaxed placeholder:text-soft"
      />
      <p id="script-hint" className="mt-1 text-sm text-soft">
        {isMarked(script) ? t("Lines of --- separate the scenes.") : t("An empty line makes a longer pause.")}
      </p>
    </div>
  );
}

function Topic() {
  const { topic, scenes, tone } = draft.use((now) => now);
  return (
    <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_6rem]">
      <div className="min-w-0">
        <label htmlFor="topic" className="caption mb-1.5 block">
          {t("Topic")}
        </label>
        <input
          id="topic"
          value={topic}
          maxLength={1000}
          onChange={(event) => change({ topic: event.target.value })}
          placeholder={t("How tides work")}
          className={FIELD}
        />
      </div>
      <div>
        <label htmlFor="scenes" className="caption mb-1.5 block">
          {t("Scenes")}
        </label>
        <input
          id="scenes"
          inputMode="numeric"
          maxLength={2}
          aria-describedby="scenes-hint"
          value={scenes}
          onChange={(event) => change({ scenes: event.target.value })}
          className={`figures ${FIELD}`}
        />
        <p id="scenes-hint" className="sr-only">
          {t("From 1 to {MOST_SCENES}", { MOST_SCENES })}
        </p>
      </div>
      <div className="min-w-0 sm:col-span-2">
        <label htmlFor="tone" className="caption mb-1.5 block">
          {t("Tone")}
        </label>
        <input
          id="tone"
          value={tone}
          maxLength={100}
          onChange={(event) => change({ tone: event.target.value })}
          placeholder={t("Warm and curious")}
          className={FIELD}
        />
      </div>
    </div>
  );
}

function Length() {
  const { source, script, scenes } = draft.use((now) => now);
  const planned = useLastQuote()?.scenes;
  if (source === "topic") return <>{/^[1-9]\d?$/.test(scenes) ? count(Number(scenes), "scene") : null}</>;
  if (source === "recording" || !script.trim()) return null;
  return (
    <>
      {planned ? `${count(planned, "scene")} · ` : ""}
      {t("{count} · about {clock}", { count: count(words(script), "word"), clock: clock(spokenSeconds(script)) })}
    </>
  );
}

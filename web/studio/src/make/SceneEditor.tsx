import { type KeyboardEvent, useEffect, useRef } from "react";
import { clock, count } from "../lib/format";
import { spokenSeconds, words } from "../lib/words";
import { Button } from "../ui/Button";
import { change, draft } from "./draft";
import { SceneVoice } from "./SceneVoice";
import { hearLabel, useHeardScene } from "./heard";
import { LONGEST_SCENE_WORDS, merged, moved, scenesOf, scriptOf, splitAt } from "./scenes";
import { t } from "../i18n";

/** Where the focus goes once the scenes have changed. */
interface Target {
  scene: number;
  name: string;
}

/** Replaces the scenes, and the voice of each. */
type SetScenes = (scenes: string[], voices: string[], focus?: Target | null) => void;

/** The script as its scenes: each can be changed, split, merged and moved. */
export function SceneEditor() {
  const { script, sceneVoices } = draft.use((now) => now);
  const scenes = scenesOf(script);
  const voices = scenes.map((_, index) => sceneVoices[index] ?? "");
  const list = useRef<HTMLOListElement>(null);
  const target = useRef<Target | null>(null);
  const set: SetScenes = (next, spoken, focus = null) => {
    target.current = focus;
    change({ script: scriptOf(next), sceneVoices: spoken.some(Boolean) ? spoken : [] });
  };
  useEffect(() => {
    const wanted = target.current;
    target.current = null;
    if (!wanted) return;
    const scene = list.current?.children[wanted.scene];
    const found =
      scene?.querySelector<HTMLElement>(`[name="${wanted.name}"]:not(:disabled)`) ?? scene?.querySelector("textarea");
    found?.focus();
  });
  return (
    <div className="space-y-3">
      <ol ref={list} className="space-y-3" aria-label={t("Scenes")}>
        {scenes.map((text, index) => (
          <SceneField key={index} text={text} index={index} scenes={scenes} voices={voices} set={set} />
        ))}
      </ol>
      <Button onClick={() => set([...scenes, ""], [...voices, ""], { scene: scenes.length, name: "text" })}>
        {t("Add a scene")}
      </Button>
    </div>
  );
}

function SceneField({
  text,
  index,
  scenes,
  voices,
  set,
}: {
  text: string;
  index: number;
  scenes: string[];
  voices: string[];
  set: SetScenes;
}) {
  const field = useRef<HTMLTextAreaElement>(null);
  const name = t("Scene {index}", { index: index + 1 });
  const long = words(text) > LONGEST_SCENE_WORDS;
  const voice = voices[index] ?? "";
  const heard = useHeardScene(text, voice);
  const replace = (next: string) =>
    set(
      scenes.map((scene, at) => (at === index ? next : scene)),
      voices,
    );
  const speak = (id: string) =>
    set(
      scenes,
      voices.map((one, at) => (at === index ? id : one)),
    );
  const split = () => {
    const next = splitAt(scenes, index, field.current?.selectionStart ?? 0);
    const spoken = next.length > scenes.length ? [...voices.slice(0, index + 1), ...voices.slice(index)] : voices;
    set(next, spoken, { scene: index + 1, name: "text" });
  };
  const without = (at: number) => voices.filter((_, one) => one !== at);
  const move = (to: number, name: string) =>
    set(moved(scenes, index, to), moved(voices, index, to), { scene: to, name });
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    split();
  };
  return (
    <li className="border border-rule">
      <div className="flex flex-wrap items-center justify-between gap-x-4 border-b border-rule px-3 py-1.5 text-sm">
        <label htmlFor={`scene-${index}`} className="font-medium">
          {name}
        </label>
        <span className="figures text-soft">
          {t("{count} · about {clock}", { count: count(words(text), "word"), clock: clock(spokenSeconds(text)) })}
        </span>
      </div>
      <textarea
        ref={field}
        id={`scene-${index}`}
        name="text"
        value={text}
        rows={2}
        onKeyDown={keys}
        aria-describedby={long ? `scene-${index}-long` : undefined}
        onChange={(event) => replace(event.target.value)}
        className="block w-full resize-none bg-sheet px-3 py-2 text-[1.0625rem] leading-relaxed [field-sizing:content]"
      />
      {long && (
        <p id={`scene-${index}-long`} className="px-3 pb-2 text-sm text-soft">
          {t("Longer than 12 seconds: it becomes several scenes.")}
        </p>
      )}
      <div
        role="group"
        aria-label={t("{name}, change", { name })}
        className="flex flex-wrap gap-x-1 border-t border-rule px-1 text-sm"
      >
        <SceneAction
          name="up"
          label={t("Move {name} up", { name })}
          disabled={index === 0}
          act={() => move(index - 1, "up")}
        >
          ↑
        </SceneAction>
        <SceneAction
          name="down"
          label={t("Move {name} down", { name })}
          disabled={index === scenes.length - 1}
          act={() => move(index + 1, "down")}
        >
          ↓
        </SceneAction>
        <SceneAction name="split" label={t("Split {name}", { name })} disabled={words(text) < 2} act={split}>
          {t("Split")}
        </SceneAction>
        <SceneAction
          name="merge"
          label={t("Merge {name} with the next", { name })}
          disabled={index === scenes.length - 1}
          act={() => set(merged(scenes, index), without(index + 1), { scene: index, name: "text" })}
        >
          {t("Merge")}
        </SceneAction>
        <SceneAction
          name="remove"
          label={t("Remove {name}", { name })}
          disabled={scenes.length === 1}
          act={() =>
            set(
              scenes.filter((_, at) => at !== index),
              without(index),
              { scene: Math.max(0, index - 1), name: "text" },
            )
          }
        >
          {t("Remove")}
        </SceneAction>
        <span className="flex-1" />
        <SceneVoice name={name} value={voice} onChange={speak} />
        <SceneAction name="hear" label={`${hearLabel(heard)}: ${name}`} disabled={words(text) < 1} act={heard.toggle}>
          {hearLabel(heard)}
        </SceneAction>
      </div>
      {heard.error && (
        <p role="alert" className="border-t border-rule px-3 py-2 text-sm">
          {heard.error}
        </p>
      )}
    </li>
  );
}

function SceneAction({
  name,
  label,
  disabled,
  act,
  children,
}: {
  name: string;
  label: string;
  disabled: boolean;
  act: () => void;
  children: string;
}) {
  return (
    <button
      type="button"
      name={name}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={act}
      className="min-h-11 min-w-11 px-2 text-soft underline decoration-rule underline-offset-4 hover:text-ink disabled:no-underline disabled:opacity-45"
    >
      {children}
    </button>
  );
}

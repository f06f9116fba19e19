import { type KeyboardEvent, useEffect, useRef } from "react";
import { clock, count } from "../lib/format";
import { spokenSeconds, words } from "../lib/words";
import { Button } from "../ui/Button";
import { change, draft } from "./draft";
import { LONGEST_SCENE_WORDS, merged, moved, scenesOf, scriptOf, splitAt } from "./scenes";
import { t } from "../i18n";

/** Where the focus goes once the scenes have changed. */
interface Target {
  scene: number;
  name: string;
}

/** The script as its scenes: each can be changed, split, merged and moved. */
export function SceneEditor() {
  const script = draft.use((now) => now.script);
  const scenes = scenesOf(script);
  const list = useRef<HTMLOListElement>(null);
  const target = useRef<Target | null>(null);
  const set = (next: string[], focus: Target | null = null) => {
    target.current = focus;
    change({ script: scriptOf(next) });
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
          <SceneField key={index} text={text} index={index} scenes={scenes} set={set} />
        ))}
      </ol>
      <Button onClick={() => set([...scenes, ""], { scene: scenes.length, name: "text" })}>{t("Add a scene")}</Button>
    </div>
  );
}

function SceneField({
  text,
  index,
  scenes,
  set,
}: {
  text: string;
  index: number;
  scenes: string[];
  set: (next: string[], focus?: Target) => void;
}) {
  const field = useRef<HTMLTextAreaElement>(null);
  const name = t("Scene {index}", { index: index + 1 });
  const long = words(text) > LONGEST_SCENE_WORDS;
  const replace = (next: string) => set(scenes.map((scene, at) => (at === index ? next : scene)));
  const split = () =>
    set(splitAt(scenes, index, field.current?.selectionStart ?? 0), { scene: index + 1, name: "text" });
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
          act={() => set(moved(scenes, index, index - 1), { scene: index - 1, name: "up" })}
        >
          ↑
        </SceneAction>
        <SceneAction
          name="down"
          label={t("Move {name} down", { name })}
          disabled={index === scenes.length - 1}
          act={() => set(moved(scenes, index, index + 1), { scene: index + 1, name: "down" })}
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
          act={() => set(merged(scenes, index), { scene: index, name: "text" })}
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
              { scene: Math.max(0, index - 1), name: "text" },
            )
          }
        >
          {t("Remove")}
        </SceneAction>
      </div>
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

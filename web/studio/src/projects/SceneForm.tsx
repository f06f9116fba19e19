import { type FormEvent, useEffect, useRef, useState } from "react";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { Check } from "../ui/Check";
import { TextField } from "../ui/TextField";
import { Choice } from "./Choice";
import { NumberField } from "./NumberField";
import { CAMERAS, EFFECTS, TRANSITIONS } from "./names";
import { LONGEST_SCENE, SHORTEST_SCENE, type Scene } from "./plan";

const MOST_EFFECTS = 4;

/** Everything of a scene that a person may change; its first field has the focus. */
export function SceneForm({
  scene,
  first,
  language,
  onSave,
  onCancel,
}: {
  scene: Scene;
  first: boolean;
  language: string;
  onSave: (scene: Scene) => Promise<void>;
  onCancel: () => void;
}) {
  const [now, setNow] = useState(scene);
  const [saving, setSaving] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("textarea")?.focus(), []);
  const set = (change: Partial<Scene>) => setNow((before) => ({ ...before, ...change }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (saving) return;
    setSaving(true);
    // Why it was refused stands over the scenes; the form stays open with what was written.
    onSave(now)
      .catch(() => undefined)
      .finally(() => setSaving(false));
  };
  const effect = (name: string, on: boolean) =>
    set({ effects: on ? [...now.effects, name] : now.effects.filter((one) => one !== name) });
  return (
    <form
      ref={form}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel();
      }}
      className="mt-3 space-y-4"
    >
      <TextField
        name="prompt"
        label={t("What is seen")}
        rows={3}
        maxLength={1000}
        value={now.prompt}
        onChange={(prompt) => set({ prompt })}
      />
      <div lang={language}>
        <TextField
          name="voice_line"
          label={t("What is said")}
          rows={2}
          maxLength={400}
          value={now.voice_line}
          onChange={(voice_line) => set({ voice_line })}
        />
      </div>
      <TextField
        name="text"
        label={t("Text on the screen")}
        maxLength={120}
        value={now.text}
        onChange={(text) => set({ text })}
      />
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
        <NumberField
          label={t("Seconds")}
          value={now.seconds}
          min={SHORTEST_SCENE}
          max={LONGEST_SCENE}
          step={0.1}
          onChange={(seconds) => set({ seconds })}
        />
        <NumberField
          label={t("Speed")}
          value={now.speed}
          min={0.25}
          max={4}
          step={0.25}
          onChange={(speed) => set({ speed })}
        />
        <Choice
          label={t("Camera")}
          value={now.camera.move}
          choices={CAMERAS}
          onChange={(move) => set({ camera: { ...now.camera, move } })}
        />
        <Choice
          label={t("Transition")}
          value={now.transition.kind}
          choices={TRANSITIONS}
          disabled={first}
          onChange={(kind) =>
            set({ transition: { kind, seconds: kind === "cut" ? 0 : now.transition.seconds || 0.5 } })
          }
        />
      </div>
      <fieldset>
        <legend className="font-medium">{t("Effects")}</legend>
        <div className="grid grid-cols-2 gap-x-4 sm:grid-cols-4">
          {Object.entries(EFFECTS).map(([name, label]) => {
            const on = now.effects.includes(name);
            return (
              <Check
                key={name}
                checked={on}
                disabled={!on && now.effects.length >= MOST_EFFECTS}
                onChange={(to) => effect(name, to)}
              >
                {label}
              </Check>
            );
          })}
        </div>
      </fieldset>
      <div className="flex flex-wrap gap-3">
        <Button variant="primary" type="submit" aria-disabled={saving}>
          {saving ? t("Saving") : t("Save scene")}
        </Button>
        <Button variant="quiet" onClick={onCancel}>
          {t("Discard")}
        </Button>
      </div>
    </form>
  );
}

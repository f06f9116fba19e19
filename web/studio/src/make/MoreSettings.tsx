import type { Capabilities } from "../api/types";
import { STAGES } from "../watch/names";
import { Fold } from "./Fold";
import { FIELD, Select } from "./Select";
import { capabilities } from "./capabilities";
import { type Draft, type Mode, type Priority, change, draft } from "./draft";
import { t, within } from "../i18n";

const MODES: [Mode, string][] = [
  ["auto", t("Automatic")],
  ["production", t("Real models only")],
  ["simulation", t("Simulated")],
];
const PRIORITIES: [Priority, string][] = [
  ["low", t("Low")],
  ["normal", t("Normal")],
  ["high", t("High")],
];

/** What is rarely changed: which models work, how soon, and the seed. */
export function MoreSettings() {
  const now = draft.use((d) => d);
  const known = capabilities.use((c) => c.now);
  return (
    <Fold title={t("More settings")} note={unusual(now).join(", ")}>
      <div className="grid gap-5 sm:grid-cols-2">
        <ModeField mode={now.mode} known={known} />
        <Select
          id="priority"
          label={t("Priority")}
          value={now.priority}
          onChange={(value) => change({ priority: value as Priority })}
        >
          {PRIORITIES.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Select>
        <div>
          <label htmlFor="seed" className="caption mb-1.5 block">
            {t("Seed")}
          </label>
          <input
            id="seed"
            className={FIELD}
            value={now.seed}
            inputMode="numeric"
            maxLength={10}
            placeholder={t("None")}
            aria-describedby="seed-hint"
            onChange={(event) => change({ seed: event.target.value })}
          />
          <p id="seed-hint" className="mt-1 text-sm text-soft">
            {t("Another number gives another take.")}
          </p>
        </div>
      </div>
      {known && <Engines known={known} chosen={now.engines} />}
    </Fold>
  );
}

/** Name the settings that are not as usual, so that a closed fold hides nothing. */
function unusual({ mode, priority, seed, engines }: Draft): string[] {
  return [
    ...(mode ? [within(MODES.find(([value]) => value === mode)?.[1] ?? mode)] : []),
    ...(priority === "normal" ? [] : [t("{priority} priority", { priority })]),
    ...(seed.trim() ? [t("seed {seed}", { seed: seed.trim() })] : []),
    ...Object.entries(engines).map(([stage, engine]) =>
      t("{stages} by {engine}", { stages: STAGES[stage] ?? stage, engine }),
    ),
  ];
}

/** The server's default mode is not sent, so a later change of the default applies. */
function ModeField({ mode, known }: { mode: Draft["mode"]; known: Capabilities | null }) {
  const usual = known?.default_mode ?? "auto";
  return (
    <Select
      id="mode"
      label={t("Quality of models")}
      value={mode || usual}
      onChange={(value) => change({ mode: value === usual ? "" : (value as Mode) })}
    >
      {MODES.map(([value, name]) => (
        <option key={value} value={value} disabled={known?.modes[value] === false}>
          {name}
        </option>
      ))}
    </Select>
  );
}

/** The model of each stage; one that no worker has now can be kept, not chosen. */
function Engines({ known, chosen }: { known: Capabilities; chosen: Record<string, string> }) {
  const set = (stage: string, engine: string) => {
    const { [stage]: _, ...others } = chosen;
    change({ engines: engine ? { ...others, [stage]: engine } : others });
  };
  return (
    <fieldset>
      <legend className="caption mb-2">{t("Models by stage")}</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        {known.stages.map(({ stage, engines }) => (
          <Select
            key={stage}
            id={`engine-${stage}`}
            label={t("{stages} model", { stages: STAGES[stage] ?? stage })}
            value={chosen[stage] ?? ""}
            onChange={(engine) => set(stage, engine)}
          >
            <option value="">{t("Automatic")}</option>
            {engines
              .filter(({ name, available }) => available || name === chosen[stage])
              .map(({ name, available }) => (
                <option key={name} value={name}>
                  {name}
                  {available ? "" : ` ${t("(not available now)")}`}
                </option>
              ))}
          </Select>
        ))}
      </div>
    </fieldset>
  );
}

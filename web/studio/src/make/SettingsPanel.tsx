import { Check } from "../ui/Check";
import { Panel } from "../ui/Panel";
import { Segments } from "../ui/Segments";
import { type Aspect, type Mode, type Quality, change, draft } from "./draft";
import { capabilities } from "./capabilities";

const FIELD = "block min-h-11 w-full rounded-[3px] border border-ink/70 bg-sheet px-3";

const FORMATS: [Aspect, string, string][] = [["9:16", "Portrait", "h-4 w-[9px]"], ["1:1", "Square", "size-3.5"], ["16:9", "Landscape", "h-[9px] w-4"]];

export function SettingsPanel() {
  const now = draft.use((d) => d);
  return (
    <Panel title="Settings">
      <div className="space-y-5">
        <Segments<Aspect>
          legend="Format"
          value={now.aspect}
          onChange={(aspect) => change({ aspect })}
          choices={FORMATS.map(([value, name, box]) => ({
            value,
            label: <span className="flex items-center gap-2"><i aria-hidden className={`border border-current ${box}`} />{name}</span>,
          }))}
        />
        <Segments<Quality>
          legend="Quality"
          value={now.quality}
          onChange={(quality) => change({ quality })}
          choices={[{ value: "fast", label: "Fast" }, { value: "balanced", label: "Balanced" }, { value: "best", label: "Best" }]}
        />
        <div className="grid grid-cols-2 gap-4">
          <div>
            <label htmlFor="height" className="caption mb-1.5 block">Size</label>
            <select id="height" className={FIELD} value={now.height} onChange={(event) => change({ height: event.target.value })}>
              {["360", "480", "720", "1080"].map((height) => <option key={height} value={height}>{height}p</option>)}
            </select>
          </div>
          <ModeField />
        </div>
        <div>
          <Check checked={now.captions} onChange={(captions) => change({ captions })}>Burn in captions</Check>
          <Check checked={now.label} onChange={(label) => change({ label })}>“AI-generated” label</Check>
        </div>
        <div>
          <label htmlFor="subject" className="caption mb-1.5 block">Person shown (has given consent)</label>
          <input id="subject" className={`${FIELD} placeholder:text-soft`} value={now.subject} maxLength={200} placeholder="Name" onChange={(event) => change({ subject: event.target.value })} />
        </div>
      </div>
    </Panel>
  );
}

const MODES: [Mode, string][] = [["auto", "Automatic"], ["production", "Real models only"], ["simulation", "Simulated"]];

/** The server's default mode is not sent, so a later change of the default applies. */
function ModeField() {
  const mode = draft.use((d) => d.mode);
  const { now } = capabilities.use((c) => c);
  const usual = now?.default_mode ?? "auto";
  return (
    <div>
      <label htmlFor="mode" className="caption mb-1.5 block">Quality of models</label>
      <select id="mode" className={FIELD} value={mode || usual} onChange={(event) => change({ mode: event.target.value === usual ? "" : (event.target.value as Mode) })}>
        {MODES.map(([value, name]) => <option key={value} value={value} disabled={now?.modes[value] === false}>{name}</option>)}
      </select>
    </div>
  );
}

import { Check } from "../ui/Check";
import { Panel } from "../ui/Panel";
import { Segments } from "../ui/Segments";
import { CaptionSettings } from "./CaptionSettings";
import { MoreSettings } from "./MoreSettings";
import { FIELD, Select } from "./Select";
import { type Aspect, type Quality, type Transition, change, draft } from "./draft";
import { t } from "../i18n";

const FORMATS: [Aspect, string, string][] = [
  ["9:16", t("Portrait"), "h-4 w-[9px]"],
  ["1:1", t("Square"), "size-3.5"],
  ["16:9", t("Landscape"), "h-[9px] w-4"],
];

export function SettingsPanel() {
  const now = draft.use((d) => d);
  return (
    <Panel number="4" title={t("Settings")}>
      <div className="space-y-5">
        <div className="grid gap-5 sm:grid-cols-2">
          <Segments<Aspect>
            legend={t("Format")}
            value={now.aspect}
            onChange={(aspect) => change({ aspect })}
            choices={FORMATS.map(([value, name, box]) => ({
              value,
              label: (
                <span className="flex items-center gap-2">
                  <i aria-hidden className={`border border-current ${box}`} />
                  {name}
                </span>
              ),
            }))}
          />
          <Segments<Quality>
            legend={t("Quality")}
            value={now.quality}
            onChange={(quality) => change({ quality })}
            choices={[
              { value: "fast", label: t("Fast") },
              { value: "balanced", label: t("Balanced") },
              { value: "best", label: t("Best") },
            ]}
          />
          <Select id="height" label={t("Size")} value={now.height} onChange={(height) => change({ height })}>
            {sizes(now.height).map((height) => (
              <option key={height} value={height}>
                {height}p
              </option>
            ))}
          </Select>
          <Segments<Transition>
            legend={t("Between scenes")}
            value={now.transition}
            onChange={(transition) => change({ transition })}
            choices={[
              { value: "cut", label: t("Cut") },
              { value: "crossfade", label: t("Crossfade") },
            ]}
          />
        </div>
        <CaptionSettings />
        <Check checked={now.label} onChange={(label) => change({ label })}>
          {t("“AI-generated” label")}
        </Check>
        <div>
          <label htmlFor="subject" className="caption mb-1.5 block">
            {t("Person shown (has given consent)")}
          </label>
          <input
            id="subject"
            className={FIELD}
            value={now.subject}
            maxLength={200}
            placeholder={t("Name")}
            onChange={(event) => change({ subject: event.target.value })}
          />
        </div>
        <MoreSettings />
      </div>
    </Panel>
  );
}

const SIZES = ["360", "480", "720", "1080"];

/** The usual sizes, and that of a recalled job. */
function sizes(chosen: string): string[] {
  return SIZES.includes(chosen) ? SIZES : [...SIZES, chosen].sort((one, other) => Number(one) - Number(other));
}

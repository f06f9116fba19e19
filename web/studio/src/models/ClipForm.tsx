import { t } from "../i18n";
import { Choice } from "../projects/Choice";
import { NumberField } from "../projects/NumberField";
import { Check } from "../ui/Check";
import { type Clip, RATIOS } from "./models";

const LONGEST_SECONDS = 60;

/** Describes the clip that each model is compared for. */
export function ClipForm({ clip, onChange }: { clip: Clip; onChange: (clip: Clip) => void }) {
  const parts = [
    ["first_frame", t("Begins with a picture")],
    ["last_frame", t("Ends with a picture")],
    ["speech", t("The person in it speaks")],
    ["draft", t("A draft in 360p")],
  ] as const;
  return (
    <fieldset className="border-y border-rule py-4">
      <legend className="pe-3 font-medium">{t("Compare for a clip")}</legend>
      <div className="flex flex-wrap items-end gap-x-6 gap-y-2">
        <div className="w-32">
          <NumberField
            label={t("Seconds")}
            value={clip.duration}
            min={1}
            max={LONGEST_SECONDS}
            step={0.5}
            onChange={(duration) => duration >= 1 && duration <= LONGEST_SECONDS && onChange({ ...clip, duration })}
          />
        </div>
        <div className="w-32">
          <Choice
            label={t("Format")}
            value={clip.ratio}
            choices={RATIOS}
            onChange={(ratio) => onChange({ ...clip, ratio })}
          />
        </div>
        {parts.map(([name, label]) => (
          <Check key={name} checked={clip[name]} onChange={(on) => onChange({ ...clip, [name]: on })}>
            {label}
          </Check>
        ))}
      </div>
    </fieldset>
  );
}

import { Check } from "../ui/Check";
import { Select } from "./Select";
import { type CaptionPosition, type CaptionSize, type CaptionStyle, change, draft } from "./draft";
import { t } from "../i18n";

const STYLES: [CaptionStyle, string][] = [
  ["plain", t("Plain")],
  ["boxed", t("On a dark box")],
  ["words", t("Word by word")],
];
const SIZES: [CaptionSize, string][] = [
  ["small", t("Small")],
  ["medium", t("Medium")],
  ["large", t("Large")],
];
const POSITIONS: [CaptionPosition, string][] = [
  ["auto", t("Clear of the face")],
  ["bottom", t("Bottom")],
  ["top", t("Top")],
];

/** Whether captions are burnt in, and how they look. */
export function CaptionSettings() {
  const { captions, captionStyle, captionSize, captionPosition } = draft.use((now) => now);
  return (
    <div>
      <Check checked={captions} onChange={(on) => change({ captions: on })}>
        {t("Burn in captions")}
      </Check>
      {captions && (
        <div className="grid gap-3 pt-1 sm:grid-cols-3">
          <Choices
            id="caption-style"
            label={t("Caption style")}
            value={captionStyle}
            of={STYLES}
            onChange={(value) => change({ captionStyle: value })}
          />
          <Choices
            id="caption-size"
            label={t("Caption size")}
            value={captionSize}
            of={SIZES}
            onChange={(value) => change({ captionSize: value })}
          />
          <Choices
            id="caption-position"
            label={t("Caption position")}
            value={captionPosition}
            of={POSITIONS}
            onChange={(value) => change({ captionPosition: value })}
          />
        </div>
      )}
    </div>
  );
}

function Choices<T extends string>({
  id,
  label,
  value,
  of,
  onChange,
}: {
  id: string;
  label: string;
  value: T;
  of: [T, string][];
  onChange: (value: T) => void;
}) {
  return (
    <Select id={id} label={label} value={value} onChange={(chosen) => onChange(chosen as T)}>
      {of.map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </Select>
  );
}

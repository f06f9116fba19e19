import { Check } from "../ui/Check";
import { Select } from "./Select";
import { type CaptionPosition, type CaptionSize, type CaptionStyle, change, draft } from "./draft";

const STYLES: [CaptionStyle, string][] = [["plain", "Plain"], ["boxed", "On a dark box"], ["words", "Word by word"]];
const SIZES: [CaptionSize, string][] = [["small", "Small"], ["medium", "Medium"], ["large", "Large"]];
const POSITIONS: [CaptionPosition, string][] = [["auto", "Clear of the face"], ["bottom", "Bottom"], ["top", "Top"]];

/** Whether captions are burnt in, and how they look. */
export function CaptionSettings() {
  const { captions, captionStyle, captionSize, captionPosition } = draft.use((now) => now);
  return (
    <div>
      <Check checked={captions} onChange={(on) => change({ captions: on })}>Burn in captions</Check>
      {captions && (
        <div className="grid gap-3 pt-1 sm:grid-cols-3">
          <Choices id="caption-style" label="Caption style" value={captionStyle} of={STYLES} onChange={(value) => change({ captionStyle: value })} />
          <Choices id="caption-size" label="Caption size" value={captionSize} of={SIZES} onChange={(value) => change({ captionSize: value })} />
          <Choices id="caption-position" label="Caption position" value={captionPosition} of={POSITIONS} onChange={(value) => change({ captionPosition: value })} />
        </div>
      )}
    </div>
  );
}

function Choices<T extends string>({ id, label, value, of, onChange }: {
  id: string;
  label: string;
  value: T;
  of: [T, string][];
  onChange: (value: T) => void;
}) {
  return (
    <Select id={id} label={label} value={value} onChange={(chosen) => onChange(chosen as T)}>
      {of.map(([name, words]) => <option key={name} value={name}>{words}</option>)}
    </Select>
  );
}

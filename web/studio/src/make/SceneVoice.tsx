import { t } from "../i18n";
import { draft } from "./draft";
import { useLastQuote } from "./quote";
import { describe, primary, useVoices } from "./voices";

/** The voices that a scene may have: those of the engine and the language that the video has. */
export function useSceneVoices() {
  const { voice, language } = draft.use((now) => now);
  const known = useVoices();
  const detected = useLastQuote()?.language ?? "";
  const chosen = known.find(({ id }) => id === voice);
  const spoken = primary(chosen?.language ?? (language || detected || "en"));
  const usual = chosen ?? known.find((one) => one.default && primary(one.language) === spoken);
  return known.filter((one) => one.engine === usual?.engine && primary(one.language) === spoken);
}

/** The voice of one scene; without a choice, that of the video. */
export function SceneVoice({ name, value, onChange }: { name: string; value: string; onChange: (id: string) => void }) {
  const able = useSceneVoices();
  const matched = draft.use((now) => now.matchVoice);
  if (matched || (able.length < 2 && !value)) return null;
  return (
    <select
      aria-label={t("Voice of {name}", { name })}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="min-h-11 max-w-44 bg-transparent px-1 text-soft underline decoration-rule underline-offset-4 hover:text-ink"
    >
      <option value="">{t("Voice of the video")}</option>
      {value && !able.some(({ id }) => id === value) && <option value={value}>{value}</option>}
      {able.map((one) => (
        <option key={one.id} value={one.id}>
          {describe(one)}
        </option>
      ))}
    </select>
  );
}

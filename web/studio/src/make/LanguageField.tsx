import { Select } from "./Select";
import { change, draft } from "./draft";
import { useLastQuote } from "./quote";
import { languageName, primary, useVoices } from "./voices";
import { t } from "../i18n";

/** The language that is spoken; told by the words of the script unless it is chosen. */
export function LanguageField() {
  const { language, voice, source } = draft.use((now) => now);
  const known = useVoices();
  const quote = useLastQuote();
  const ofVoice = known.find(({ id }) => id === voice)?.language;
  const codes = new Set([...known.map((one) => primary(one.language)), ...(language ? [language] : [])]);
  const sorted = [...codes].sort((one, other) => languageName(one).localeCompare(languageName(other)));
  const choose = (chosen: string) => {
    // A voice speaks one language: it does not stay with another.
    const fits = !chosen || !ofVoice || primary(ofVoice) === primary(chosen);
    change({ language: chosen, ...(fits ? {} : { voice: "" }) });
  };
  const spoken =
    voice && ofVoice
      ? t("{languageName}, as the voice speaks", { languageName: languageName(ofVoice) })
      : quote && source !== "recording"
        ? languageName(quote.language)
        : "";
  return (
    <div className="sm:max-w-80">
      <Select id="language" label={t("Language")} value={language} onChange={choose}>
        <option value="">
          {source === "recording"
            ? t("Of the recording")
            : t("Automatic{value}", { value: spoken ? `: ${spoken}` : "" })}
        </option>
        {sorted.map((code) => (
          <option key={code} value={code}>
            {languageName(code)}
          </option>
        ))}
      </Select>
    </div>
  );
}

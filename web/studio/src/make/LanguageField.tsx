import { useEffect } from "react";
import { Select } from "./Select";
import { change, draft } from "./draft";
import { useLastQuote } from "./quote";
import { languageName, loadVoices, primary, voices } from "./voices";

/** The language that is spoken; told by the words of the script unless it is chosen. */
export function LanguageField() {
  const { language, voice, source } = draft.use((now) => now);
  const known = voices.use((now) => now.known);
  const quote = useLastQuote();
  useEffect(() => void loadVoices(), []);
  const ofVoice = known.find(({ id }) => id === voice)?.language;
  const codes = new Set([...known.map((one) => primary(one.language)), ...(language ? [language] : [])]);
  const sorted = [...codes].sort((one, other) => languageName(one).localeCompare(languageName(other)));
  const choose = (chosen: string) => {
    // A voice speaks one language: it does not stay with another.
    const fits = !chosen || !ofVoice || primary(ofVoice) === primary(chosen);
    change({ language: chosen, ...(fits ? {} : { voice: "" }) });
  };
  const spoken = voice && ofVoice ? `${languageName(ofVoice)}, as the voice speaks` : quote && source !== "recording" ? languageName(quote.language) : "";
  return (
    <div className="sm:max-w-80">
      <Select id="language" label="Language" value={language} onChange={choose}>
        <option value="">{source === "recording" ? "Of the recording" : `Automatic${spoken ? `: ${spoken}` : ""}`}</option>
        {sorted.map((code) => <option key={code} value={code}>{languageName(code)}</option>)}
      </Select>
    </div>
  );
}

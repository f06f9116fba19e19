import { Suspense, lazy } from "react";
import { Check } from "../ui/Check";
import { Panel } from "../ui/Panel";
import { FileDrop } from "./FileDrop";
import { FromLibrary } from "./FromLibrary";
import { chosen } from "./chosen";
import { Recorder } from "./Recorder";
import { FileCheckNote } from "./FileCheckNote";
import { Trim } from "./Trim";
import { VoiceVerdict } from "./FaceVerdict";
import { change, draft } from "./draft";
import { useSuggestedVoice } from "./suggestion";
import { byLanguage, describe, primary, useVoices } from "./voices";
import { useLastQuote } from "./quote";
import { send, uploads, useAcceptedUpload, useClearedRefusal } from "./uploads";
import { t } from "../i18n";

// Most visits have no recording: the first load is without what shows one.
const Waveform = lazy(async () => ({ default: (await import("../watch/Waveform")).Waveform }));

/** The voice: the default one, one matched to a recording, or the recording itself. */
export function VoicePanel() {
  const { check, preview } = uploads.use((now) => now.voice);
  const accepted = useAcceptedUpload("voice");
  useClearedRefusal("voice");
  const { matchVoice, source } = draft.use((now) => now);
  const kept = chosen.use((now) => now.voice);
  const sound = kept?.signed_url || preview || accepted?.url || "";
  const needed = source === "recording";
  return (
    <Panel
      number="3"
      title={t("Voice")}
      aside={accepted ? accepted.original_name : needed ? t("required") : t("optional")}
    >
      <div className="space-y-4">
        {!needed && <Choice />}
        {sound && (
          <Suspense fallback={<div className="h-11" />}>
            <Waveform key={sound} url={sound} label={t("the recording")} />
          </Suspense>
        )}
        <div className="flex flex-wrap items-center gap-3">
          <Recorder />
          <FileDrop
            label={t("A recording of the voice")}
            accept=".wav,.mp3,.flac,.ogg,.opus,.m4a,.mp4,.webm,audio/*"
            onFile={(file) => void send("voice", file)}
            className="min-h-11 grid place-items-center px-4 text-[0.9375rem]"
          >
            {sound ? t("Replace with a file") : t("Drop or choose a file")}
          </FileDrop>
        </div>
        <div aria-live="polite">
          <FileCheckNote check={check} noun={t("recording")} />
          {accepted && !kept && <VoiceVerdict upload={accepted} />}
        </div>
        {accepted && !kept && <Trim key={accepted.upload_id} />}
        <FromLibrary kind="voice" />
        {!needed && (
          <Check
            checked={matchVoice && (accepted !== null || kept !== null)}
            disabled={!accepted && !kept}
            onChange={(on) => change({ matchVoice: on })}
          >
            {t("Match the voice to this recording")}
            {!accepted && !kept && (
              <span className="block text-sm">{t("Without a recording, the default voice is used.")}</span>
            )}
          </Check>
        )}
      </div>
    </Panel>
  );
}

/** The voice that speaks; without a choice, the default of the script's language. */
function Choice() {
  const { voice, language } = draft.use((now) => now);
  const known = useVoices();
  const detected = useLastQuote()?.language ?? "";
  const suggested = useSuggestedVoice(known, language || primary(detected) || "en");
  if (!known.length && !voice) return null;
  const spoken = voice ? known.find(({ id }) => id === voice) : suggested;
  const sample = spoken?.sample_url;
  return (
    <div>
      <label htmlFor="voice" className="caption mb-1.5 block">
        {t("Speaks with")}
      </label>
      <select
        id="voice"
        value={voice}
        onChange={(event) => change({ voice: event.target.value })}
        className="block min-h-11 w-full rounded-[3px] border border-ink/70 bg-sheet px-3"
      >
        <option value="">
          {suggested
            ? t("Suggested for the picture: {name}", { name: suggested.name })
            : t("The default voice of the language")}
        </option>
        {voice && !known.some(({ id }) => id === voice) && (
          <option value={voice}>{t("{voice} (not available now)", { voice })}</option>
        )}
        {byLanguage(
          known.filter((one) => !language || primary(one.language) === language),
          language || detected,
        ).map(([language, group]) => (
          <optgroup key={language} label={language}>
            {group.map((one) => (
              <option key={one.id} value={one.id}>
                {describe(one)}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      {suggested && !voice && (
        <p className="mt-2 text-sm text-soft">
          {t("This kind of voice is often chosen for such a picture. Choose another voice freely.")}
        </p>
      )}
      {sample && (
        <audio
          key={sample}
          controls
          preload="none"
          src={sample}
          aria-label={t("A sample of {name}", { name: spoken?.name })}
          className="mt-2 h-10 w-full"
        />
      )}
    </div>
  );
}

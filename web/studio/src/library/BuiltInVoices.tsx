import { go } from "../lib/navigate";
import { paths } from "../lib/paths";
import { change } from "../make/draft";
import { byLanguage, describe, primary, useVoices } from "../make/voices";
import { Button } from "../ui/Button";
import { t } from "../i18n";

/** The voices that come with the engines: each with a sample, its engine and its licence; the reader's language is open. */
export function BuiltInVoices() {
  const known = useVoices();
  if (!known.length) return null;
  const own = primary(navigator.language);
  const use = (id: string) => {
    change({ voice: id });
    go(paths.create);
  };
  return (
    <section aria-labelledby="built-in" className="space-y-2 pt-4">
      <h2 id="built-in" className="border-b-2 border-ink pb-2 text-lg font-semibold tracking-tight">
        {t("Built-in voices")}
      </h2>
      {byLanguage(known, own).map(([language, group]) => (
        <details key={language} open={primary(group[0]?.language ?? "") === own} className="bg-sheet">
          <summary className="min-h-11 cursor-pointer px-4 py-2.5 font-medium">
            {language} <span className="figures font-normal text-soft">{group.length}</span>
          </summary>
          <ul className="px-4 pb-2">
            {group.map((voice) => (
              <li
                key={voice.id}
                aria-label={voice.name}
                className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-rule py-3"
              >
                <div className="min-w-48 flex-1">
                  <p>{describe(voice)}</p>
                  <p className="text-sm text-soft">
                    {t("{language} · engine {engine} · licence {licence}", {
                      language: voice.language,
                      engine: voice.engine,
                      licence: voice.licence,
                    })}
                  </p>
                </div>
                {voice.sample_url && (
                  <audio
                    controls
                    preload="none"
                    src={voice.sample_url}
                    aria-label={t("A sample of {name}", { name: voice.name })}
                    className="h-10 w-full max-w-72"
                  />
                )}
                <Button onClick={() => use(voice.id)} aria-label={t("Use {name} in a new video", { name: voice.name })}>
                  {t("Use")}
                </Button>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </section>
  );
}

import { useEffect } from "react";
import { go } from "../lib/navigate";
import { paths } from "../lib/paths";
import { change } from "../make/draft";
import { byLanguage, describe, loadVoices, voices } from "../make/voices";
import { Button } from "../ui/Button";

/** The voices that come with the engines: each with a sample, its engine and its licence. */
export function BuiltInVoices() {
  const known = voices.use((now) => now.known);
  useEffect(() => void loadVoices(), []);
  if (!known.length) return null;
  const use = (id: string) => {
    change({ voice: id });
    go(paths.create);
  };
  return (
    <section aria-labelledby="built-in" className="space-y-4">
      <h2 id="built-in" className="border-b border-rule pb-1 text-lg font-semibold">Built-in voices</h2>
      {byLanguage(known).map(([language, group]) => (
        <details key={language}>
          <summary className="min-h-11 cursor-pointer py-2">{language} <span className="text-soft">({group.length})</span></summary>
          <ul>
            {group.map((voice) => (
              <li key={voice.id} className="flex flex-wrap items-center gap-3 border-b border-rule py-2">
                <span className="min-w-48 flex-1">{describe(voice)}<span className="block text-sm text-soft">{voice.engine} · {voice.licence}</span></span>
                {voice.sample_url && <audio controls preload="none" src={voice.sample_url} aria-label={`A sample of ${voice.name}`} className="h-10" />}
                <Button onClick={() => use(voice.id)} aria-label={`Use ${voice.name} in a new video`}>Use</Button>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </section>
  );
}

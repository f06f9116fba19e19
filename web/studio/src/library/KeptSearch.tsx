import { useEffect, useId, useState } from "react";
import { Button } from "../ui/Button";
import { type Kind, kept, load } from "./kept";
import { WORDS } from "./words";
import { t } from "../i18n";

const PAUSE_MS = 250;

/** Search in names; or what is listed instead, and the way back. */
export function KeptSearch({ kind }: { kind: Kind }) {
  const id = useId();
  const filter = kept.use((now) => now[kind].filter);
  const [words, setWords] = useState(filter.q);
  useEffect(() => {
    if (words.trim() === kept.get()[kind].filter.q) return undefined;
    const timer = setTimeout(() => void load(kind, { q: words.trim(), similarTo: null }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [kind, words]);
  if (filter.similarTo) {
    return (
      <p className="flex flex-wrap items-center gap-3">
        <span>{t("{title} that look like “{name}”", { title: WORDS[kind].title, name: filter.similarTo.name })}</span>
        <Button autoFocus onClick={() => void load(kind, { q: "", similarTo: null })}>
          {t("Show all")}
        </Button>
      </p>
    );
  }
  return (
    <form role="search" className="max-w-md" onSubmit={(event) => event.preventDefault()}>
      <label htmlFor={id} className="text-sm text-soft">
        {t("Search in names")}
      </label>
      <input
        id={id}
        type="search"
        maxLength={200}
        autoComplete="off"
        value={words}
        onChange={(event) => setWords(event.target.value)}
        className="mt-1 block min-h-11 w-full rounded-[3px] border border-ink/70 bg-sheet px-3"
      />
    </form>
  );
}

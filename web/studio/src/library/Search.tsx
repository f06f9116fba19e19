import { useEffect, useId, useState } from "react";
import { library, search } from "./library";
import { t } from "../i18n";

const PAUSE_MS = 250;

/** Search in titles while somebody types. */
export function Search() {
  const id = useId();
  const [words, setWords] = useState(library.get().q);
  useEffect(() => {
    const timer = setTimeout(() => void search(words.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [words]);
  return (
    <form
      role="search"
      className="max-w-md"
      onSubmit={(event) => {
        event.preventDefault();
        void search(words.trim());
      }}
    >
      <label htmlFor={id} className="caption">
        {t("Search in titles")}
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

import { useEffect, useRef, useState } from "react";
import { login } from "../api/login";
import { count } from "../lib/format";
import { usePageTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Waiting } from "../ui/Waiting";
import { AddKept } from "./AddKept";
import { BuiltInVoices } from "./BuiltInVoices";
import { KeptCard } from "./KeptCard";
import { KeptSearch } from "./KeptSearch";
import { type Kept, type Kind, isPending, kept, load, loadPending, more } from "./kept";
import { WORDS } from "./words";
import { t } from "../i18n";

const LINKS_MS = 5 * 60_000;
const VERDICTS_MS = 3_000;

export const FacesPage = () => <KeptPage key="face" kind="face" />;
export const VoicesPage = () => <KeptPage key="voice" kind="voice" />;

/** The pictures or recordings that a user keeps for further videos. */
function KeptPage({ kind }: { kind: Kind }) {
  const { entries, next, loaded, trouble, filter } = kept.use((now) => now[kind]);
  const heading = useRef<HTMLHeadingElement>(null);
  const [said, setSaid] = useState("");
  const { title, noun, empty } = WORDS[kind];
  usePageTitle(title);
  useCurrentList(kind);
  const tell = (words: string) => {
    setSaid(words);
    heading.current?.focus();
  };
  const added = ({ item, isNew }: { item: Kept; isNew: boolean }) => {
    setSaid(
      isNew
        ? t("“{name}” was added.", { name: item.name })
        : t("You have this {noun} already: “{name}”. It was not stored a second time.", { noun, name: item.name }),
    );
    requestAnimationFrame(() => document.getElementById(`kept-${item.id}`)?.scrollIntoView({ block: "nearest" }));
  };
  const isFiltered = filter.q !== "" || filter.similarTo !== null;
  return (
    <div className="space-y-6">
      <header className="flex items-baseline justify-between gap-4 border-b-2 border-ink pb-2">
        <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold tracking-tight outline-none">
          {title}
        </h1>
        {loaded && (
          <p className="figures text-sm text-soft">
            {count(entries.length, noun)}
            {next ? ` ${t("shown")}` : ""}
          </p>
        )}
      </header>
      <AddKept kind={kind} onAdded={added} onBegin={() => setSaid("")} />
      <p role="status" className="min-h-5 text-sm">
        {said}
      </p>
      {(entries.length > 1 || isFiltered) && <KeptSearch kind={kind} />}
      {trouble && (
        <Notice title={trouble}>
          <Button onClick={() => void load(kind)}>{t("Try again")}</Button>
        </Notice>
      )}
      {!loaded && !trouble && <Waiting />}
      {loaded && !entries.length && (
        <p className="border border-dashed border-soft p-6 text-soft">
          {filter.similarTo
            ? t("No other {noun} is like “{name}”.", { noun, name: filter.similarTo.name })
            : filter.q
              ? t("No name contains “{q}”.", { q: filter.q })
              : empty}
        </p>
      )}
      {entries.length > 0 && (
        <ul className="grid gap-6 sm:grid-cols-2 lg:grid-cols-3">
          {entries.map((item) => (
            <li key={item.id} id={`kept-${item.id}`}>
              <KeptCard
                kind={kind}
                item={item}
                onDeleted={() => tell(t("“{name}” was deleted.", { name: item.name }))}
              />
            </li>
          ))}
        </ul>
      )}
      {next && (
        <div className="text-center">
          <Button onClick={() => void more(kind)}>{t("Show more")}</Button>
        </div>
      )}
      {kind === "voice" && <BuiltInVoices />}
    </div>
  );
}

/** Load the list for each user and before its links end, and verdicts as they come. */
function useCurrentList(kind: Kind): void {
  const user = login.use((now) => now.user?.user_id);
  const waits = kept.use((now) => now[kind].entries.some(isPending));
  useEffect(() => {
    void load(kind);
    const timer = setInterval(() => document.hidden || void load(kind), LINKS_MS);
    return () => clearInterval(timer);
  }, [kind, user]);
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => document.hidden || void loadPending(kind), VERDICTS_MS);
    return () => clearInterval(timer);
  }, [kind, waits]);
}

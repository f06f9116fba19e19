import { useEffect, useRef, useState } from "react";
import { Problem } from "../api/client";
import { login } from "../api/login";
import { count } from "../lib/format";
import { usePageTitle } from "../lib/title";
import { FileDrop } from "../make/FileDrop";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { BuiltInVoices } from "./BuiltInVoices";
import { KeptCard } from "./KeptCard";
import { type Kind, add, kept, load, more } from "./kept";

const WORDS = {
  face: { title: "Faces", noun: "picture", accept: "image/*,.heic,.avif", label: "Add a picture", hint: "One person, looking at the camera." },
  voice: { title: "Voices", noun: "recording", accept: ".wav,.mp3,.flac,.ogg,.m4a,audio/*", label: "Add a recording", hint: "Ten seconds or more of clear speech." },
};
const LINKS_MS = 5 * 60_000;

export const FacesPage = () => <KeptPage key="face" kind="face" />;
export const VoicesPage = () => <KeptPage key="voice" kind="voice" />;

/** The pictures or recordings that a user keeps for further videos. */
function KeptPage({ kind }: { kind: Kind }) {
  const { entries, next, loaded, trouble } = kept.use((now) => now[kind]);
  const user = login.use((now) => now.user?.user_id);
  const heading = useRef<HTMLHeadingElement>(null);
  const [said, setSaid] = useState("");
  const { title, noun } = WORDS[kind];
  usePageTitle(title);
  useEffect(() => {
    void load(kind);
    const timer = setInterval(() => document.hidden || void load(kind), LINKS_MS); // before the links end
    return () => clearInterval(timer);
  }, [kind, user]);
  const tell = (words: string) => {
    setSaid(words);
    heading.current?.focus();
  };
  return (
    <div className="space-y-6">
      <header className="flex items-baseline justify-between border-b-2 border-ink pb-2">
        <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold tracking-tight">{title}</h1>
        {loaded && <p className="caption">{count(entries.length, noun)}{next ? " shown" : ""}</p>}
      </header>
      <Add kind={kind} onAdded={setSaid} />
      <p role="status" className="min-h-5 text-sm text-soft">{said}</p>
      {trouble && <Notice title={trouble}><Button onClick={() => void load(kind)}>Try again</Button></Notice>}
      {!loaded && !trouble && <p role="status" className="caption py-8 text-center">Loading</p>}
      {entries.length > 0 && (
        <ul className="grid gap-6 sm:grid-cols-2 lg:grid-cols-3">
          {entries.map((item) => <li key={item.id}><KeptCard kind={kind} item={item} onDeleted={() => tell(`“${item.name}” was deleted.`)} /></li>)}
        </ul>
      )}
      {next && <div className="text-center"><Button onClick={() => void more(kind)}>Show more</Button></div>}
      {kind === "voice" && <BuiltInVoices />}
    </div>
  );
}

function Add({ kind, onAdded }: { kind: Kind; onAdded: (words: string) => void }) {
  const { label, hint, accept, noun } = WORDS[kind];
  const [busy, setBusy] = useState("");
  const [refused, setRefused] = useState<Problem | null>(null);
  const send = async (file: File) => {
    if (busy) return;
    setBusy(file.name);
    setRefused(null);
    onAdded("");
    try {
      onAdded((await add(kind, file)) ? `“${file.name}” was added.` : `You have this ${noun} already.`);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setRefused(problem);
    } finally {
      setBusy("");
    }
  };
  return (
    <div className="space-y-3">
      <FileDrop label={label} accept={accept} onFile={(file) => void send(file)} className="px-6 py-8 text-center">
        <p className="text-lg">{busy ? `Checking ${busy}` : `${label}: drop a file, or choose one`}</p>
        <p className="mt-1 text-sm text-soft">{hint}</p>
      </FileDrop>
      {refused && (
        <Notice title={refused.message}>
          {refused.reasons.length > 0 && <ul>{refused.reasons.map((one) => <li key={one.message}>{one.message}</li>)}</ul>}
        </Notice>
      )}
    </div>
  );
}

import { type FormEvent, useState } from "react";
import { Problem } from "../api/client";
import { day, size } from "../lib/format";
import { go } from "../lib/navigate";
import { paths } from "../lib/paths";
import { choose } from "../make/chosen";
import { Button } from "../ui/Button";
import { Rename } from "./Rename";
import { type Kept, type Kind, appeal, drop, link, rename, setPublic } from "./kept";
import { useFocusReturn } from "./useFocusReturn";

interface CardProps { kind: Kind; item: Kept; onDeleted: () => void }

const STATES: Record<string, string> = { pending: "being checked", flagged: "waits for a person to check it", rejected: "rejected" };

/** A picture or a recording: what it is, and what can be done with it. */
export function KeptCard({ kind, item, onDeleted }: CardProps) {
  const [renaming, setRenaming] = useState(false);
  const state = STATES[item.moderation ?? ""];
  const facts = [day(item.created_at), size(item.bytes), item.seconds ? `${item.seconds.toFixed(1)} s` : "", item.width ? `${item.width} × ${item.height}` : ""];
  return (
    <article aria-label={item.name} className="flex h-full flex-col gap-4 border-t-2 border-ink bg-sheet p-4">
      <img src={item.signed_thumbnail_url} alt="" loading="lazy" className={kind === "face" ? "aspect-square w-full bg-black object-contain" : "h-16 w-full object-contain"} />
      {kind === "voice" && <audio controls preload="none" src={item.signed_url} aria-label={item.name} className="h-10 w-full" />}
      <div className="flex-1">
        {renaming ? <Rename title={item.name} label="Name" save={(name) => rename(kind, item.id, name)} onDone={() => setRenaming(false)} /> : (
          <h2 className="line-clamp-2 font-medium">{item.name}</h2>
        )}
        <p className="figures mt-1 text-sm text-soft">{facts.filter(Boolean).join(" · ")}</p>
        {state && <p className="mt-1 text-sm">{state.charAt(0).toUpperCase() + state.slice(1)}{item.moderation_reason ? `: ${item.moderation_reason}` : "."}</p>}
        {item.public_url && <p className="mt-1 truncate text-sm"><a href={item.public_url} className="underline underline-offset-4">Public address</a></p>}
      </div>
      {item.moderation === "rejected" && <Appeal item={item} />}
      <Actions kind={kind} item={item} renaming={renaming} onRename={() => setRenaming(true)} onDeleted={onDeleted} />
    </article>
  );
}

interface ActionsProps extends CardProps { renaming: boolean; onRename: () => void }

function Actions({ kind, item, renaming, onRename, onDeleted }: ActionsProps) {
  const [confirming, setConfirming] = useState(false);
  const [said, setSaid] = useState("");
  const renameButton = useFocusReturn(renaming);
  const deleteButton = useFocusReturn(confirming);
  const failed = (problem: unknown) => setSaid(problem instanceof Problem ? problem.message : String(problem));
  const copy = async () => {
    const url = await link(kind, item.id);
    await navigator.clipboard.writeText(url);
    setSaid("The link was copied. It works for 15 minutes.");
  };
  const use = () => {
    choose(kind, item);
    go(paths.create);
  };
  if (confirming) {
    return (
      <div role="group" aria-label="Delete" className="flex flex-wrap items-center gap-3 border-l-4 border-cue bg-wash p-3 text-sm"
        onKeyDown={(event) => { if (event.key === "Escape") setConfirming(false); }}>
        <span>Delete this {kind === "face" ? "picture" : "recording"} permanently? Running jobs go on.</span>
        <Button variant="cue" onClick={() => void drop(kind, item.id).then(onDeleted, failed)} autoFocus>Delete</Button>
        <Button variant="quiet" onClick={() => setConfirming(false)}>Keep</Button>
        {said && <span role="alert">{said}</span>}
      </div>
    );
  }
  return (
    <div className="flex flex-wrap gap-2">
      {item.moderation !== "rejected" && <Button onClick={use}>Use in a new video</Button>}
      {!renaming && <Button variant="quiet" ref={renameButton} onClick={onRename}>Rename</Button>}
      <Button variant="quiet" onClick={() => void copy().catch(failed)}>Copy link</Button>
      <Button variant="quiet" onClick={() => void setPublic(kind, item.id, !item.public_url).then(() => setSaid(""), failed)}>
        {item.public_url ? "Make private" : "Make public"}
      </Button>
      <Button variant="quiet" ref={deleteButton} onClick={() => { setSaid(""); setConfirming(true); }}>Delete</Button>
      <p role="status" className="w-full text-sm">{said}</p>
    </div>
  );
}

function Appeal({ item }: { item: Kept }) {
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  if (item.appealed_at) return <p className="text-sm">You have appealed. A person will look at the picture.</p>;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim()) return setError("Say why the picture is allowed.");
    appeal(item.id, text.trim()).catch((problem: Error) => setError(problem.message));
  };
  return (
    <form onSubmit={send} className="space-y-2">
      <label className="caption block">Appeal, once: why is it allowed?
        <textarea value={text} maxLength={1000} rows={2} onChange={(event) => setText(event.target.value)} className="mt-1 block w-full rounded-[3px] border border-ink/70 bg-sheet p-2 text-base" />
      </label>
      {error && <p role="alert" className="text-sm font-medium text-cue">{error}</p>}
      <Button type="submit">Send the appeal</Button>
    </form>
  );
}

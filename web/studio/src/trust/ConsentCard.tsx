import { useState } from "react";
import { Problem } from "../api/client";
import type { ConsentRecord } from "../api/types";
import { useFocusReturn } from "../library/useFocusReturn";
import { date } from "../lib/format";
import { Button } from "../ui/Button";
import { revoke } from "./consents";

const SHOWN: Record<string, string> = {
  checkbox: "Ticked a box",
  spoken: "Said it, recorded",
  document: "Signed a document",
  stated: "Stated when a video was started",
};
const USES: Record<string, string> = { face: "Face", voice: "Voice" };

/** Of a spoken consent, what a worker heard; servers that do not check recordings have none. */
interface Check { state: string; how: string | null; matches: boolean | null; heard: string | null }

function state(consent: ConsentRecord): { text: string; over: boolean } {
  if (consent.revoked_at) return { text: `Revoked on ${date(consent.revoked_at)}`, over: true };
  if (checkOf(consent)?.matches === false) return { text: "Not valid: the recording says something else", over: true };
  if (!consent.valid) return { text: consent.expires_at ? `Expired on ${date(consent.expires_at)}` : "No longer valid", over: true };
  return { text: consent.expires_at ? `Valid until ${date(consent.expires_at)}` : "Valid", over: false };
}

function checkOf(consent: ConsentRecord): Check | null {
  return (consent as { check?: Check | null }).check ?? null;
}

/** Say how far a recording was checked. */
function explain({ state: now, how, matches, heard }: Check): string {
  if (matches === true) return "The recording says the sentence.";
  if (matches === false) return `Heard in the recording: “${heard ?? ""}”. Record it again, or show the consent by a signed document.`;
  if (now === "pending") return "The recording is being checked.";
  return how === "speech" ? "Someone speaks in the recording. What is said was not checked: listen to it yourself." : "The recording was not checked: listen to it yourself.";
}

/** One consent: who, to what, how shown; and the way to take it back. */
export function ConsentCard({ consent, onRevoked }: { consent: ConsentRecord; onRevoked: () => void }) {
  const { text, over } = state(consent);
  const check = checkOf(consent);
  const facts = [
    ["For", consent.uses.map((use) => USES[use] ?? use).join(", ")],
    ["Shown by", SHOWN[consent.shown] ?? consent.shown],
    ["Since", date(consent.created_at)],
  ];
  return (
    <article aria-label={`Consent of ${consent.subject}`} className={`flex h-full flex-col gap-4 border-t-2 bg-sheet p-5 ${over ? "border-soft" : "border-ink"}`}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="text-lg font-semibold break-words">{consent.subject}</h2>
        <p className={`text-sm ${over ? "text-soft" : "font-medium"}`}>{text}</p>
      </div>
      <blockquote className="border-l-4 border-rule pl-4 break-words whitespace-pre-wrap">{consent.statement}</blockquote>
      <dl className="flex flex-1 flex-wrap items-start gap-x-8 gap-y-2 text-sm">
        {facts.map(([name, value]) => <div key={name}><dt className="text-soft">{name}</dt><dd>{value}</dd></div>)}
      </dl>
      {check && !consent.revoked_at && <p className={`border-l-4 px-3 py-2 text-sm break-words ${check.matches === false ? "border-danger bg-danger-wash" : "border-rule"}`}>{explain(check)}</p>}
      {!consent.revoked_at && <Revocation consent={consent} onRevoked={onRevoked} />}
    </article>
  );
}

function Revocation({ consent, onRevoked }: { consent: ConsentRecord; onRevoked: () => void }) {
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const button = useFocusReturn(asking);
  const act = async () => {
    if (busy) return;
    setBusy(true);
    try {
      await revoke(consent.id);
      onRevoked();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setTrouble(problem.message);
      setBusy(false);
    }
  };
  if (!asking) {
    return <p><Button ref={button} aria-label={`Revoke the consent of ${consent.subject}`} onClick={() => { setTrouble(""); setAsking(true); }}>Revoke</Button></p>;
  }
  return (
    <div role="group" aria-label="Revoke" className="space-y-3 border-l-4 border-danger bg-danger-wash p-4 text-sm" onKeyDown={(event) => { if (event.key === "Escape") setAsking(false); }}>
      <p className="font-medium">Revoke the consent of {consent.subject}?</p>
      <p>All videos that used it can no longer be opened or downloaded, at once and for good. Those that are being made now are cancelled. Files that were downloaded before cannot be taken back.</p>
      {trouble && <p role="alert" className="font-medium text-danger">{trouble}</p>}
      <div className="flex flex-wrap gap-3">
        <Button onClick={() => setAsking(false)} autoFocus>Keep it</Button>
        <Button variant="danger" aria-disabled={busy} onClick={() => void act()}>Revoke for good</Button>
      </div>
    </div>
  );
}

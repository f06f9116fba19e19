import { useState } from "react";
import type { ConsentRecord } from "../api/types";
import { date } from "../lib/format";
import { Button } from "../ui/Button";
import { Question } from "../ui/Question";
import { revoke } from "./consents";
import { count, t } from "../i18n";

const SHOWN: Record<string, string> = {
  checkbox: t("Ticked a box"),
  spoken: t("Said it, recorded"),
  document: t("Signed a document"),
  stated: t("Stated when a video was started"),
};
const USES: Record<string, string> = { face: t("Face"), voice: t("Voice") };

/** Of a spoken consent, what a worker heard; servers that do not check recordings have none. */
interface Check {
  state: string;
  how: string | null;
  matches: boolean | null;
  heard: string | null;
}

function state(consent: ConsentRecord): { text: string; over: boolean } {
  if (consent.revoked_at) return { text: t("Revoked on {date}", { date: date(consent.revoked_at) }), over: true };
  if (checkOf(consent)?.matches === false)
    return { text: t("Not valid: the recording says something else"), over: true };
  if (!consent.valid)
    return {
      text: consent.expires_at ? t("Expired on {date}", { date: date(consent.expires_at) }) : t("No longer valid"),
      over: true,
    };
  return {
    text: consent.expires_at ? t("Valid until {date}", { date: date(consent.expires_at) }) : t("Valid"),
    over: false,
  };
}

function checkOf(consent: ConsentRecord): Check | null {
  return (consent as { check?: Check | null }).check ?? null;
}

/** Say how far a recording was checked. */
function explain({ state: now, how, matches, heard }: Check): string {
  if (matches === true) return t("The recording says the sentence.");
  if (matches === false)
    return t("Heard in the recording: “{heard}”. Record it again, or show the consent by a signed document.", {
      heard: heard ?? "",
    });
  if (now === "pending") return t("The recording is being checked.");
  return how === "speech"
    ? t("Someone speaks in the recording. What is said was not checked: listen to it yourself.")
    : t("The recording was not checked: listen to it yourself.");
}

/** Say what was made with it. */
function usedIn({ used: { open_jobs: open, videos } }: ConsentRecord): string {
  const made = count(videos, "video");
  return open ? t("{made}, {open} being made", { made, open }) : made;
}

/** One consent: who, to what, how shown; and the way to take it back. */
export function ConsentCard({ consent, onRevoked }: { consent: ConsentRecord; onRevoked: () => void }) {
  const { text, over } = state(consent);
  const check = checkOf(consent);
  const facts = [
    [t("For"), consent.uses.map((use) => USES[use] ?? use).join(", ")],
    [t("Shown by"), SHOWN[consent.shown] ?? consent.shown],
    [t("Since"), date(consent.created_at)],
    [t("Used in"), usedIn(consent)],
  ];
  return (
    <article
      aria-label={t("Consent of {subject}", { subject: consent.subject })}
      className={`flex h-full flex-col gap-4 border-t-2 bg-sheet p-5 ${over ? "border-soft" : "border-ink"}`}
    >
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="text-lg font-semibold break-words">{consent.subject}</h2>
        <p className={`text-sm ${over ? "text-soft" : "font-medium"}`}>{text}</p>
      </div>
      <blockquote className="border-s-4 border-rule ps-4 break-words whitespace-pre-wrap">
        {consent.statement}
      </blockquote>
      <dl className="flex flex-1 flex-wrap items-start gap-x-8 gap-y-2 text-sm">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt className="text-soft">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {check && !consent.revoked_at && (
        <p
          className={`border-s-4 px-3 py-2 text-sm break-words ${check.matches === false ? "border-danger bg-danger-wash" : "border-rule"}`}
        >
          {explain(check)}
        </p>
      )}
      {!consent.revoked_at && <Revocation consent={consent} onRevoked={onRevoked} />}
    </article>
  );
}

function Revocation({ consent, onRevoked }: { consent: ConsentRecord; onRevoked: () => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <p>
      <Button
        aria-label={t("Revoke the consent of {subject}", { subject: consent.subject })}
        onClick={() => setAsking(true)}
      >
        {t("Revoke")}
      </Button>
      {asking && (
        <Question
          title={t("Revoke the consent of {subject}?", { subject: consent.subject })}
          keep={t("Keep it")}
          answers={[{ label: t("Revoke for good"), danger: true, act: () => revoke(consent.id), then: onRevoked }]}
          onClose={() => setAsking(false)}
        >
          {t(
            "All videos that used it can no longer be opened or downloaded, at once and for good. Those that are being made now are cancelled. Files that were downloaded before cannot be taken back.",
          )}
        </Question>
      )}
    </p>
  );
}

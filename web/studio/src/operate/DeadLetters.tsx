import { useState } from "react";
import { get, post, remove } from "../api/client";
import type { DeadLetter, DeadLetterWithPayload } from "../api/types";
import { time } from "../lib/format";
import { Button } from "../ui/Button";
import { ActionButton } from "./ActionButton";
import { t } from "../i18n";

/** The kinds of dead letters, for readers. */
const KINDS: Record<string, string> = {
  message: t("Unreadable message"),
  event: t("Event"),
  decision: t("Decision"),
  outbox: t("Outgoing event"),
  copy: t("Copy of a job"),
  duty: t("Maintenance"),
  request: t("Request of a node"),
};

export function DeadLetters({ list, more }: { list: readonly DeadLetter[]; more: number | null }) {
  if (!list.length) return <p className="text-soft">{t("No dead letters.")}</p>;
  return (
    <>
      <ul className="max-h-96 overflow-y-auto" tabIndex={0} aria-label={t("Dead letters")}>
        {list.map((letter) => (
          <Row key={letter.id} letter={letter} />
        ))}
      </ul>
      {more && (
        <p className="pt-3 text-sm text-soft">
          {t("Older ones: callsheet dead-letters list --cursor {more}", { more })}
        </p>
      )}
    </>
  );
}

function Row({ letter }: { letter: DeadLetter }) {
  const [payload, setPayload] = useState<string | null>(null);
  const show = async () => setPayload((await get<DeadLetterWithPayload>(`/dead-letters/${letter.id}`)).payload);
  return (
    <li className="space-y-2 border-b border-rule py-3 text-sm" data-letter={letter.id} data-state={letter.state}>
      <p className="flex justify-between gap-3">
        <span className="truncate font-medium">
          {KINDS[letter.kind] ?? letter.kind} {letter.reference}
        </span>
        <span className="figures text-soft">
          {letter.count > 1 && `${letter.count} × · `}
          {time(letter.last_tried_at)}
        </span>
      </p>
      <p className="break-words">
        {letter.reason} <span className="figures text-soft">{letter.error}</span>
      </p>
      {letter.job_id && (
        <p className="text-soft">
          {t("Job")} <span className="figures">{letter.job_id}</span>
        </p>
      )}
      {payload !== null && (
        <pre
          className="max-h-40 overflow-auto whitespace-pre-wrap break-all bg-paper p-2 text-xs"
          tabIndex={0}
          aria-label={t("Payload")}
        >
          {payload || t("No payload.")}
        </pre>
      )}
      <p className="flex flex-wrap gap-3">
        {letter.state === "retrying" ? (
          <span className="text-soft">{t("Retrying.")}</span>
        ) : (
          <ActionButton label={t("Retry")} act={() => post<void>(`/dead-letters/${letter.id}/retry`, {})} />
        )}
        {payload === null && (
          <Button
            variant="quiet"
            className="!min-h-9 !px-3 !py-1 !text-sm"
            onClick={() => void show().catch(() => setPayload(""))}
          >
            {t("Show payload")}
          </Button>
        )}
        <ActionButton
          label={t("Delete")}
          sure={t("Delete permanently")}
          act={() => remove(`/dead-letters/${letter.id}`)}
        />
      </p>
    </li>
  );
}

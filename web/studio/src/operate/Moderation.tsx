import { useState } from "react";
import { post } from "../api/client";
import type { ModeratedImage } from "../api/types";
import { day, time } from "../lib/format";
import { TextField } from "../ui/TextField";
import { ActionButton } from "./ActionButton";
import { number, t } from "../i18n";

/** The pictures that wait for a decision: flagged ones and appeals, the longest waiting first. */
export function Moderation({ images }: { images: readonly ModeratedImage[] }) {
  if (!images.length) return <p className="text-soft">{t("No picture waits.")}</p>;
  return (
    <ul
      className="grid max-h-192 gap-6 overflow-y-auto sm:grid-cols-2 lg:grid-cols-4"
      tabIndex={0}
      aria-label={t("Pictures that wait for a decision")}
    >
      {images.map((image) => (
        <One key={image.id} image={image} />
      ))}
    </ul>
  );
}

function One({ image }: { image: ModeratedImage }) {
  const [reason, setReason] = useState("");
  const decide = (decision: string) =>
    post<unknown>(`/moderation/${image.id}`, { decision, reason: reason.trim() }).then(() => undefined);
  const since = image.queued_at ?? image.created_at;
  return (
    <li data-image={image.id} className="space-y-2 border-t border-rule py-3 text-sm">
      <a href={image.signed_url} target="_blank" rel="noreferrer" className="group block overflow-hidden bg-black">
        {/* Blurred, because of what it may show. */}
        <img
          src={image.signed_thumbnail_url}
          alt={t("Open “{name}” in full", { name: image.name })}
          className="aspect-square w-full object-contain blur-md group-hover:blur-none group-focus-visible:blur-none"
        />
      </a>
      <p className="truncate font-medium">{image.name}</p>
      <p className="figures text-soft">
        {image.moderation} ·{" "}
        {image.score === null ? t("not examined") : t("score {score}", { score: number(image.score, 2) })} ·{" "}
        {t("since {day}, {time}", { day: day(since), time: time(since) })}
      </p>
      <p className="truncate text-soft">
        {image.owner}
        {image.labels.length ? ` · ${image.labels.join(", ")}` : ""}
      </p>
      {image.appeal && (
        <p className="border-s-4 border-ink bg-paper px-3 py-2 break-words">
          {t("Appeal:")} <span className="whitespace-pre-wrap">{image.appeal}</span>
        </p>
      )}
      <TextField
        name={`reason-${image.id}`}
        label={t("Reason for a rejection")}
        hint={t("The owner reads it.")}
        value={reason}
        onChange={setReason}
        maxLength={500}
      />
      <p className="flex flex-wrap gap-3">
        <ActionButton label={t("Approve")} act={() => decide("approve")} />
        <ActionButton label={t("Reject")} sure={t("Reject the picture")} act={() => decide("reject")} />
      </p>
    </li>
  );
}

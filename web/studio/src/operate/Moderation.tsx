import { post } from "../api/client";
import { day, time } from "../lib/format";
import { ActionButton } from "./ActionButton";
import { overview } from "./overview";

/** The pictures that wait for a decision: flagged ones and appeals. */
export function Moderation() {
  const images = overview.use((now) => now.moderation);
  if (!images.length) return <p className="text-soft">No picture waits.</p>;
  const decide = (id: string, decision: string) => post<void>(`/moderation/${id}`, { decision });
  return (
    <ul className="grid max-h-144 gap-4 overflow-y-auto sm:grid-cols-2 lg:grid-cols-4" tabIndex={0} aria-label="Pictures that wait for a decision">
      {images.map((image) => (
        <li key={image.id} className="space-y-2 border-t border-rule py-3 text-sm">
          <a href={image.signed_url} target="_blank" rel="noreferrer" className="block">
            {/* Blurred, because of what it may show. */}
            <img src={image.signed_thumbnail_url} alt={`Picture ${image.id}`} className="aspect-square w-full bg-black object-contain blur-md hover:blur-none focus-visible:blur-none" />
          </a>
          <p className="figures text-soft">{image.moderation} · {image.score === null ? "not examined" : image.score.toFixed(2)} · {day(image.queued_at ?? image.created_at)} {time(image.queued_at ?? image.created_at)}</p>
          <p className="truncate">{image.owner}{image.labels.length ? ` · ${image.labels.join(", ")}` : ""}</p>
          {image.appeal && <p>Appeal: {image.appeal}</p>}
          <p className="flex flex-wrap gap-3">
            <ActionButton label="Approve" act={() => decide(image.id, "approve")} />
            <ActionButton label="Reject" sure="Reject the picture" act={() => decide(image.id, "reject")} />
          </p>
        </li>
      ))}
    </ul>
  );
}

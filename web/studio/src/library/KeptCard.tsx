import { useState } from "react";
import { day, size } from "../lib/format";
import { Appeal } from "./Appeal";
import { KeptActions } from "./KeptActions";
import { KeptPicture } from "./KeptPicture";
import { KeptVerdict } from "./KeptVerdict";
import { PublicAddress } from "./PublicAddress";
import { Rename } from "./Rename";
import { type Kept, type Kind, rename } from "./kept";
import { number, t } from "../i18n";

const STATES: Record<string, string> = {
  pending: t("Being checked. It can be used; it cannot be public yet."),
  flagged: t("Waits for an operator to look at it. It can be used; it cannot be public yet."),
  rejected: t("Rejected"),
};

/** The address of what an item is now: after a part was kept, another than before. */
function of(item: Kept, url: string): string {
  return `${url}&of=${item.sha256.slice(0, 8)}`;
}

/** A picture or a recording: what it is, what was found in it, and what can be done with it. */
export function KeptCard({ kind, item, onDeleted }: { kind: Kind; item: Kept; onDeleted: () => void }) {
  const [renaming, setRenaming] = useState(false);
  const rejected = item.moderation === "rejected";
  const state = STATES[item.moderation ?? ""];
  const facts = [
    day(item.created_at),
    size(item.bytes),
    item.seconds ? `${number(item.seconds, 1)} s` : "",
    item.width ? `${item.width} × ${item.height}` : "",
  ];
  return (
    <article
      aria-label={item.name}
      data-moderation={item.moderation}
      className={`flex h-full flex-col gap-4 border-t-2 bg-sheet p-4 ${rejected ? "border-danger" : "border-ink"}`}
    >
      {kind === "face" ? (
        <KeptPicture item={item} />
      ) : (
        <>
          <img
            src={of(item, item.signed_thumbnail_url)}
            alt=""
            loading="lazy"
            className="h-16 w-full object-contain dark:invert"
          />
          <audio
            controls
            preload="none"
            src={of(item, item.signed_url)}
            aria-label={t("Hear {name}", { name: item.name })}
            className="h-10 w-full"
          />
        </>
      )}
      <div className="flex-1 space-y-2">
        {renaming ? (
          <Rename
            title={item.name}
            label={t("Name")}
            save={(name) => rename(kind, item.id, name)}
            onDone={() => setRenaming(false)}
          />
        ) : (
          <h2 className="line-clamp-2 font-medium break-words">{item.name}</h2>
        )}
        <p className="figures text-sm text-soft">{facts.filter(Boolean).join(" · ")}</p>
        <KeptVerdict kind={kind} item={item} />
        {state && (
          <p className={`text-sm ${rejected ? "border-s-4 border-danger bg-danger-wash px-3 py-2 font-medium" : ""}`}>
            {state}
            {rejected && `: ${item.moderation_reason || t("it cannot be used here.")}`}
          </p>
        )}
        {item.public_url && <PublicAddress name={item.name} path={item.public_url} />}
      </div>
      {rejected && <Appeal item={item} />}
      <KeptActions
        kind={kind}
        item={item}
        renaming={renaming}
        onRename={() => setRenaming(true)}
        onDeleted={onDeleted}
      />
    </article>
  );
}

import { useState } from "react";
import { Problem } from "../api/client";
import { Button } from "../ui/Button";
import { PartFields, WHOLE, isWrong } from "../ui/PartFields";
import { type Kept, cut } from "./kept";
import { t } from "../i18n";

/** Keep a part of a recording only; its player above says which second is which. */
export function CutKept({ item, onDone }: { item: Kept; onDone: (said: string) => void }) {
  const [part, setPart] = useState(WHOLE);
  const [refused, setRefused] = useState("");
  const [busy, setBusy] = useState(false);
  const unusable = isWrong(part) || (!part.start && !part.end);
  const keep = async () => {
    if (busy || unusable) return;
    setBusy(true);
    try {
      await cut(item.id, part);
      onDone(t("Only this part is kept."));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setRefused(problem.reasons[0]?.message ?? problem.message);
      setBusy(false);
    }
  };
  return (
    <div
      role="group"
      aria-label={t("Keep a part")}
      className="space-y-3 border-s-4 border-rule p-3 text-sm"
      onKeyDown={(event) => {
        if (event.key === "Escape") onDone("");
      }}
    >
      <p>{t("The rest of the recording is deleted for good.")}</p>
      {refused && (
        <p role="alert" className="font-medium text-danger">
          {refused}
        </p>
      )}
      <PartFields part={part} onChange={setPart}>
        <Button aria-disabled={busy || unusable} onClick={() => void keep()}>
          {busy ? t("Cutting") : t("Keep this part")}
        </Button>
        <Button variant="quiet" onClick={() => onDone("")}>
          {t("Cancel")}
        </Button>
      </PartFields>
    </div>
  );
}

import { useState } from "react";
import { count } from "../lib/format";
import { Button } from "../ui/Button";
import { cancelAll } from "./queue";
import { t } from "../i18n";

/** Cancel every video, or those that wait; asked twice, because several are lost at once. */
export function CancelAll({ all, waiting, onDone }: { all: number; waiting: number; onDone: (said: string) => void }) {
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState("");
  const act = async (state?: "queued") => {
    setError("");
    try {
      const number = await cancelAll(state);
      setAsking(false);
      onDone(t("{count} being cancelled.", { count: count(number, "video is", "videos are") }));
    } catch (problem) {
      setError((problem as Error).message);
    }
  };
  if (!asking) return <Button onClick={() => setAsking(true)}>{t("Cancel all")}</Button>;
  return (
    <div
      role="group"
      aria-label={t("Cancel all")}
      className="flex flex-wrap items-center gap-2"
      onKeyDown={(event) => {
        if (event.key === "Escape") setAsking(false);
      }}
    >
      {waiting > 0 && waiting < all && (
        <Button onClick={() => void act("queued")}>{t("Cancel the {waiting} waiting", { waiting })}</Button>
      )}
      <Button variant="danger" onClick={() => void act()}>
        {t("Cancel {count}", { count: count(all, "video") })}
      </Button>
      <Button variant="quiet" autoFocus onClick={() => setAsking(false)}>
        {t("Keep")}
      </Button>
      {error && (
        <p role="alert" className="text-small w-full">
          {error}
        </p>
      )}
    </div>
  );
}

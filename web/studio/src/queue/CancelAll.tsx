import { useState } from "react";
import { count } from "../lib/format";
import { Button } from "../ui/Button";
import { type Answer, Question } from "../ui/Question";
import { cancelAll } from "./queue";
import { t } from "../i18n";

/** Cancel every video, or those that wait; asked before, because several are lost at once. */
export function CancelAll({ all, waiting, onDone }: { all: number; waiting: number; onDone: (said: string) => void }) {
  const [asking, setAsking] = useState(false);
  const act = async (state?: "queued") => {
    const number = await cancelAll(state);
    onDone(t("{count} being cancelled.", { count: count(number, "video is", "videos are") }));
  };
  const answers: Answer[] = [
    { label: t("Cancel {count}", { count: count(all, "video") }), danger: true, act: () => act() },
  ];
  if (waiting > 0 && waiting < all)
    answers.unshift({ label: t("Cancel the {waiting} waiting", { waiting }), act: () => act("queued") });
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t("Cancel all")}</Button>
      {asking && (
        <Question title={t("Cancel all")} keep={t("Keep")} answers={answers} onClose={() => setAsking(false)} />
      )}
    </>
  );
}

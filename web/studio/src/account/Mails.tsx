import { useEffect, useState } from "react";
import { get, patch, post } from "../api/client";
import { Button } from "../ui/Button";
import { Check } from "../ui/Check";
import { Form } from "../ui/Form";
import { Notice } from "../ui/Notice";
import { Link, Sheet } from "./Sheet";
import { t } from "../i18n";

const LABELS: Record<string, string> = {
  job_ended: t("A video is ready or has failed"),
  video_expires: t("Videos will be deleted tomorrow"),
  credits_low: t("Credits are running low"),
  budget_reached: t("A budget is nearly used"),
  webhook_disabled: t("A webhook was disabled"),
};

type Choices = Record<string, boolean>;

/** Which mails a person receives. */
export function Mails() {
  const [choices, setChoices] = useState<Choices | null>(null);
  const [trouble, setTrouble] = useState("");
  const load = () => {
    setTrouble("");
    get<Choices>("/api/mails").then(setChoices, (problem: Error) => setTrouble(problem.message));
  };
  useEffect(load, []);
  const choose = (kind: string, on: boolean) => {
    setTrouble("");
    patch<Choices>("/api/mails", { [kind]: on }).then(setChoices, (problem: Error) => setTrouble(problem.message));
  };
  return (
    <fieldset>
      <legend className="mb-2">{t("Send me a mail when")}</legend>
      {trouble && <Notice title={trouble}>{!choices && <Button onClick={load}>{t("Try again")}</Button>}</Notice>}
      {!choices && !trouble && (
        <p role="status" className="caption">
          {t("Loading")}
        </p>
      )}
      {choices &&
        Object.entries(LABELS).map(([kind, label]) => (
          <Check key={kind} checked={choices[kind] ?? false} onChange={(on) => choose(kind, on)}>
            {label}
          </Check>
        ))}
    </fieldset>
  );
}

/** Ends a kind of mails when the button is pressed, because programs that check mails open links, too. */
export function Unsubscribe({ token }: { token: string }) {
  const [done, setDone] = useState(false);
  const act = async () => {
    await post(`/api/mails/unsubscribe/${token}`, {});
    setDone(true);
  };
  return (
    <Sheet title={t("Stop these mails")}>
      {done ? (
        <p role="status">{t("You will receive no more mails of this kind.")}</p>
      ) : (
        <Form fields={[]} label={t("Stop these mails")} busyLabel={t("Stopping")} act={act} />
      )}
      <p className="border-t border-rule pt-3">
        <Link to="">{t("Your account")}</Link>
      </p>
    </Sheet>
  );
}

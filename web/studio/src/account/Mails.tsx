import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { get, patch, post } from "../api/client";
import { queryClient } from "../api/queries";
import { Check } from "../ui/Check";
import { Form } from "../ui/Form";
import { Loaded } from "../ui/Loaded";
import { Notice } from "../ui/Notice";
import { Link, Sheet } from "./Sheet";
import { keyOf, usePart } from "./queries";
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
  const mails = usePart("mails", () => get<Choices>("/api/mails"));
  // What was chosen here is shown at once, before the server has stored it.
  const [chosen, setChosen] = useState<Choices>({});
  const choice = useMutation({
    mutationFn: (chosen: Choices) => patch<Choices>("/api/mails", chosen),
    onSuccess: (choices) => queryClient.setQueryData(keyOf("mails"), choices),
    onError: () => setChosen({}),
  });
  const choose = (kind: string, on: boolean) => {
    setChosen((before) => ({ ...before, [kind]: on }));
    choice.mutate({ [kind]: on });
  };
  return (
    <fieldset>
      <legend className="mb-2">{t("Send me a mail when")}</legend>
      {choice.error && <Notice title={choice.error.message} />}
      <Loaded of={mails}>
        {(choices) =>
          Object.entries(LABELS).map(([kind, label]) => (
            <Check key={kind} checked={chosen[kind] ?? choices[kind] ?? false} onChange={(on) => choose(kind, on)}>
              {label}
            </Check>
          ))
        }
      </Loaded>
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

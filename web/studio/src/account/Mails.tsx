import { useEffect, useState } from "react";
import { get, patch, post } from "../api/client";
import { Button } from "../ui/Button";
import { Check } from "../ui/Check";
import { Form } from "../ui/Form";
import { Notice } from "../ui/Notice";
import { Link, Sheet } from "./Sheet";

const LABELS: Record<string, string> = {
  job_ended: "A video is ready or has failed",
  video_expires: "Videos will be deleted tomorrow",
  credits_low: "Credits are running low",
  budget_reached: "A budget is nearly used",
  webhook_disabled: "A webhook was disabled",
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
      <legend className="mb-2">Send me a mail when</legend>
      {trouble && <Notice title={trouble}>{!choices && <Button onClick={load}>Try again</Button>}</Notice>}
      {!choices && !trouble && <p role="status" className="caption">Loading</p>}
      {choices && Object.entries(LABELS).map(([kind, label]) => (
        <Check key={kind} checked={choices[kind] ?? false} onChange={(on) => choose(kind, on)}>{label}</Check>
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
    <Sheet title="Stop these mails">
      {done ? <p role="status">You will receive no more mails of this kind.</p> : <Form fields={[]} label="Stop these mails" busyLabel="Stopping" act={act} />}
      <p className="border-t border-rule pt-3"><Link to="">Your account</Link></p>
    </Sheet>
  );
}

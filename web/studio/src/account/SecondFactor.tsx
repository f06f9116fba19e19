import { useEffect, useState } from "react";
import type { Account, NewSecret } from "../api/types";
import { date } from "../lib/format";
import { Button } from "../ui/Button";
import { Form, type Values } from "../ui/Form";
import { Notice } from "../ui/Notice";
import { QrCode } from "./QrCode";
import { RecoveryCodes } from "./RecoveryCodes";
import { beginApp, confirmApp, factor, loadFactor, removeApp, renewCodes } from "./factor";
import { CODE, proofs } from "./fields";
import { loadPasskeys, passkeys } from "./passkeys";

/** The authenticator app of the account, and the recovery codes. */
export function SecondFactor({ user }: { user: Account }) {
  const { now, secret, codes, trouble } = factor.use((all) => all);
  const hasPasskeys = passkeys.use((all) => Boolean(all.now?.length));
  useEffect(() => {
    void loadFactor();
    void loadPasskeys();
    return () => factor.set({ secret: null, codes: [] }); // they are shown once
  }, []);
  if (trouble) return <Notice title={trouble}><Button onClick={() => void loadFactor()}>Try again</Button></Notice>;
  if (!now) return <p role="status" className="caption">Loading</p>;
  return (
    <div className="space-y-5">
      {now.active
        ? <p>Your account asks for a code of your authenticator app when you sign in, since {date(now.since ?? "")}.</p>
        : <p className="text-soft">An authenticator app on your phone shows a code that you enter when you sign in. A stolen password is then not enough.</p>}
      <RecoveryCodes codes={codes} />
      {(now.active || hasPasskeys) && <Left count={now.recovery_codes_left} />}
      {secret ? <Confirm secret={secret} /> : !now.active && <SetUp user={user} />}
      {(now.active || hasPasskeys) && !secret && <Change user={user} hasApp={now.active} />}
    </div>
  );
}

function Left({ count }: { count: number }) {
  if (count > 3) return <p>{count} recovery codes are left.</p>;
  return <Notice tone="calm" title={count === 0 ? "No recovery codes are left." : count === 1 ? "One recovery code is left." : `${count} recovery codes are left.`}>Replace them before you need one.</Notice>;
}

function SetUp({ user }: { user: Account }) {
  const [open, setOpen] = useState(false);
  if (!open) return <Button onClick={() => setOpen(true)}>Set up an authenticator app</Button>;
  return (
    <Form fields={proofs(user.has_password, false)} variant="plain" label="Continue" busyLabel="Checking" act={beginApp}>
      <Button variant="quiet" onClick={() => setOpen(false)}>Cancel</Button>
    </Form>
  );
}

function Confirm({ secret }: { secret: NewSecret }) {
  const code = { ...CODE, label: "Code of the app", hint: "The six digits that the app shows now." };
  return (
    <div className="space-y-4">
      <p>Scan this code with your authenticator app, or type the key in.</p>
      <QrCode text={secret.uri} label="QR code for your authenticator app" />
      <p>Key: <code className="figures [overflow-wrap:anywhere]">{grouped(secret.secret)}</code></p>
      <Form fields={[code]} variant="plain" label="Turn on" busyLabel="Checking" act={({ code: typed = "" }) => confirmApp(typed)}>
        <p className="text-soft">All other devices will be signed out.</p>
        <Button variant="quiet" onClick={() => factor.set({ secret: null })}>Cancel</Button>
      </Form>
    </div>
  );
}

/** Change what is active; both need the same proof. */
function Change({ user, hasApp }: { user: Account; hasApp: boolean }) {
  const [open, setOpen] = useState<"" | "codes" | "remove">("");
  if (!open) {
    return (
      <div className="flex flex-wrap gap-3">
        <Button onClick={() => setOpen("codes")}>Replace the recovery codes</Button>
        {hasApp && <Button onClick={() => setOpen("remove")}>Remove the app</Button>}
      </div>
    );
  }
  const act = async (values: Values) => {
    await (open === "codes" ? renewCodes(values) : removeApp(values));
    setOpen("");
  };
  const label = open === "codes" ? "Replace the recovery codes" : "Yes, remove the app";
  return (
    <Form key={open} fields={proofs(user.has_password, hasApp)} variant="plain" label={label} busyLabel="Checking" act={act}>
      {open === "remove" && <p>Codes of the app are not asked for any more.</p>}
      <Button variant="quiet" onClick={() => setOpen("")}>Cancel</Button>
    </Form>
  );
}

/** Split a key into groups, which are easier to type. */
const grouped = (key: string): string => key.match(/.{1,4}/g)?.join(" ") ?? key;

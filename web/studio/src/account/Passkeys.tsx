import { useEffect, useState } from "react";
import type { Account, Passkey } from "../api/types";
import { date, day, time } from "../lib/format";
import { paths } from "../lib/paths";
import { Button } from "../ui/Button";
import type { FieldSpec } from "../ui/Field";
import { Form, type Values } from "../ui/Form";
import { Notice } from "../ui/Notice";
import { RecoveryCodes } from "./RecoveryCodes";
import { factor, identities, loadFactor } from "./factor";
import { proofs } from "./fields";
import { addPasskey, loadPasskeys, passkeys, removePasskey, renamePasskey } from "./passkeys";
import { hasPasskeys } from "./webauthn";

const NAME: FieldSpec = {
  name: "name", label: "Name of the passkey", autoComplete: "off", hint: "Where it is, such as “My phone”.", missing: "Enter a name for the passkey.",
};

/** The passkeys of the account. */
export function Passkeys({ user, origins }: { user: Account; origins: string[] }) {
  const { now, codes, trouble } = passkeys.use((all) => all);
  const hasApp = factor.use((all) => Boolean(all.now?.active));
  useEffect(() => {
    void loadPasskeys();
    return () => passkeys.set({ codes: [] }); // they are shown once
  }, []);
  if (trouble) return <Notice title={trouble}><Button onClick={() => void loadPasskeys()}>Try again</Button></Notice>;
  if (!now) return <p role="status" className="caption">Loading</p>;
  const fields = proofs(user.has_password, hasApp);
  return (
    <div className="space-y-5">
      <p className="text-soft">With a passkey you sign in by fingerprint, face or PIN, without a password. It is kept by your device or your password manager, and works on this site only.</p>
      <RecoveryCodes codes={codes} />
      {now.length > 0 && <ul>{now.map((one) => <Row key={one.id} one={one} fields={fields} />)}</ul>}
      {hasPasskeys(origins) ? <Add first={!now.length && !hasApp} fields={fields} /> : <Elsewhere origin={origins[0] ?? ""} />}
    </div>
  );
}

function Elsewhere({ origin }: { origin: string }) {
  if (origin === location.origin) return <p>This browser does not support passkeys.</p>;
  return <p>Passkeys work at <a href={`${origin}${paths.account()}`} className="underline decoration-rule underline-offset-4 hover:decoration-ink">{origin}</a>.</p>;
}

function Add({ first, fields }: { first: boolean; fields: FieldSpec[] }) {
  const [open, setOpen] = useState(false);
  const connected = identities.use((all) => Boolean(all.now?.length));
  const act = async ({ name = "", ...proof }: Values) => {
    await addPasskey(name, proof);
    await loadFactor();
    setOpen(false);
  };
  if (!open) return <Button onClick={() => setOpen(true)}>Add a passkey</Button>;
  return (
    <Form fields={[NAME, ...fields]} variant="plain" label="Create the passkey" busyLabel="Waiting for your device" act={act}>
      {first && (
        <p>Afterwards, your password {connected ? "or another provider " : ""}alone does not sign in any more: a passkey or a recovery code is needed. All other devices will be signed out.</p>
      )}
      <Button variant="quiet" onClick={() => setOpen(false)}>Cancel</Button>
    </Form>
  );
}

function Row({ one, fields }: { one: Passkey; fields: FieldSpec[] }) {
  const [open, setOpen] = useState<"" | "rename" | "remove">("");
  const close = () => setOpen("");
  return (
    <li className="space-y-3 border-b border-rule py-3">
      <div className="flex min-h-11 flex-wrap items-center justify-between gap-3">
        <div className="min-w-0">
          <p className="font-medium [overflow-wrap:anywhere]">{one.name}</p>
          <p className="text-sm text-soft">{describe(one)}</p>
        </div>
        {!open && (
          <div className="flex flex-wrap gap-3">
            <Button aria-label={`Rename ${one.name}`} onClick={() => setOpen("rename")}>Rename</Button>
            <Button aria-label={`Remove ${one.name}`} onClick={() => setOpen("remove")}>Remove</Button>
          </div>
        )}
      </div>
      {one.suspected && <Notice title="There may be a copy of this passkey. It is not accepted any more: remove it and add a new one." />}
      {open === "rename" && (
        <Form fields={[{ ...NAME, label: "New name" }]} variant="plain" label="Rename" busyLabel="Renaming"
          act={async ({ name = "" }) => { await renamePasskey(one.id, name); close(); }}>
          <Button variant="quiet" onClick={close}>Cancel</Button>
        </Form>
      )}
      {open === "remove" && (
        <Form fields={fields} variant="plain" label={`Yes, remove ${one.name}`} busyLabel="Removing" act={async (proof) => { await removePasskey(one.id, proof); await loadFactor(); }}>
          <p>You cannot sign in with it any more. Your device may still show it until you delete it there, too.</p>
          <Button variant="quiet" onClick={close}>Cancel</Button>
        </Form>
      )}
    </li>
  );
}

function describe(one: Passkey): string {
  const used = one.last_used_at ? `last used ${day(one.last_used_at)} ${time(one.last_used_at)}` : "not used yet";
  return [`added ${date(one.created_at)}`, used, one.synced ? "synced between your devices" : ""].filter(Boolean).join(" · ");
}

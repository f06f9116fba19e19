import { useState } from "react";
import type { Account, Passkey } from "../api/types";
import { date, day, time } from "../lib/format";
import { paths } from "../lib/paths";
import { Button } from "../ui/Button";
import type { FieldSpec } from "../ui/Field";
import { Form, type Values } from "../ui/Form";
import { Loaded } from "../ui/Loaded";
import { Notice } from "../ui/Notice";
import { RecoveryCodes } from "./RecoveryCodes";
import { useAccounts } from "./accounts";
import { useFactor, useIdentities } from "./factor";
import { proofs } from "./fields";
import { addPasskey, removePasskey, renamePasskey, usePasskeys } from "./passkeys";
import { hasPasskeys } from "./webauthn";
import { rich, t } from "../i18n";

const NAME: FieldSpec = {
  name: "name",
  label: t("Name of the passkey"),
  autoComplete: "off",
  hint: t("Where it is, such as “My phone”."),
  missing: t("Enter a name for the passkey."),
};

/** The passkeys of the account. */
export function Passkeys({ user, origins }: { user: Account; origins: string[] }) {
  const passkeys = usePasskeys();
  const hasApp = useFactor().data?.active ?? false;
  const [codes, setCodes] = useState<string[]>([]);
  const fields = proofs(user.has_password, hasApp);
  return (
    <div className="space-y-5">
      <p className="text-soft">
        {t(
          "With a passkey you sign in by fingerprint, face or PIN, without a password. It is kept by your device or your password manager, and works on this site only.",
        )}
      </p>
      <RecoveryCodes codes={codes} />
      <Loaded of={passkeys}>
        {(known) => (
          <>
            {known.length > 0 && (
              <ul>
                {known.map((one) => (
                  <Row key={one.id} one={one} fields={fields} />
                ))}
              </ul>
            )}
            {hasPasskeys(origins) ? (
              <Add first={!known.length && !hasApp} fields={fields} onCodes={setCodes} />
            ) : (
              <Elsewhere origin={origins[0] ?? ""} />
            )}
          </>
        )}
      </Loaded>
    </div>
  );
}

function Elsewhere({ origin }: { origin: string }) {
  if (origin === location.origin) return <p>{t("This browser does not support passkeys.")}</p>;
  return (
    <p>
      {rich("Passkeys work at {address}.", {
        address: (
          <a
            href={`${origin}${paths.account()}`}
            className="underline decoration-rule underline-offset-4 hover:decoration-ink"
          >
            {origin}
          </a>
        ),
      })}
    </p>
  );
}

interface AddProps {
  first: boolean;
  fields: FieldSpec[];
  onCodes: (codes: string[]) => void;
}

function Add({ first, fields, onCodes }: AddProps) {
  const [open, setOpen] = useState(false);
  const hasProviders = Boolean(useAccounts()?.providers.length);
  const connected = Boolean(useIdentities(hasProviders).data?.length);
  const act = async ({ name = "", ...proof }: Values) => {
    onCodes(await addPasskey(name, proof));
    setOpen(false);
  };
  if (!open) return <Button onClick={() => setOpen(true)}>{t("Add a passkey")}</Button>;
  return (
    <Form
      fields={[NAME, ...fields]}
      variant="plain"
      label={t("Create the passkey")}
      busyLabel={t("Waiting for your device")}
      act={act}
    >
      {first && (
        <p>
          {connected
            ? t(
                "Afterwards, your password or another provider alone does not sign in any more: a passkey or a recovery code is needed. All other devices will be signed out.",
              )
            : t(
                "Afterwards, your password alone does not sign in any more: a passkey or a recovery code is needed. All other devices will be signed out.",
              )}
        </p>
      )}
      <Button variant="quiet" onClick={() => setOpen(false)}>
        {t("Cancel")}
      </Button>
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
            <Button aria-label={t("Rename {name}", { name: one.name })} onClick={() => setOpen("rename")}>
              {t("Rename")}
            </Button>
            <Button aria-label={t("Remove {name}", { name: one.name })} onClick={() => setOpen("remove")}>
              {t("Remove")}
            </Button>
          </div>
        )}
      </div>
      {one.suspected && (
        <Notice
          title={t("There may be a copy of this passkey. It is not accepted any more: remove it and add a new one.")}
        />
      )}
      {open === "rename" && (
        <Form
          fields={[{ ...NAME, label: t("New name") }]}
          variant="plain"
          label={t("Rename")}
          busyLabel={t("Renaming")}
          act={async ({ name = "" }) => {
            await renamePasskey(one.id, name);
            close();
          }}
        >
          <Button variant="quiet" onClick={close}>
            {t("Cancel")}
          </Button>
        </Form>
      )}
      {open === "remove" && (
        <Form
          fields={fields}
          variant="plain"
          label={t("Yes, remove {name}", { name: one.name })}
          busyLabel={t("Removing")}
          act={(proof) => removePasskey(one.id, proof)}
        >
          <p>
            {t("You cannot sign in with it any more. Your device may still show it until you delete it there, too.")}
          </p>
          <Button variant="quiet" onClick={close}>
            {t("Cancel")}
          </Button>
        </Form>
      )}
    </li>
  );
}

function describe(one: Passkey): string {
  const used = one.last_used_at
    ? t("last used {day} {time}", { day: day(one.last_used_at), time: time(one.last_used_at) })
    : t("not used yet");
  return [t("added {date}", { date: date(one.created_at) }), used, one.synced ? t("synced between your devices") : ""]
    .filter(Boolean)
    .join(" · ");
}

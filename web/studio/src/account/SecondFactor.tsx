import { useState } from "react";
import type { Account, NewSecret, SecondFactor as Factor } from "../api/types";
import { date } from "../lib/format";
import { Button } from "../ui/Button";
import { Form, type Values } from "../ui/Form";
import { Loaded } from "../ui/Loaded";
import { Notice } from "../ui/Notice";
import { QrCode } from "./QrCode";
import { RecoveryCodes } from "./RecoveryCodes";
import { beginApp, confirmApp, removeApp, renewCodes, useFactor } from "./factor";
import { CODE, proofs } from "./fields";
import { usePasskeys } from "./passkeys";
import { t } from "../i18n";

/** The authenticator app of the account, and the recovery codes. */
export function SecondFactor({ user }: { user: Account }) {
  return <Loaded of={useFactor()}>{(now) => <Known user={user} now={now} />}</Loaded>;
}

function Known({ user, now }: { user: Account; now: Factor }) {
  const [secret, setSecret] = useState<NewSecret | null>(null);
  const [codes, setCodes] = useState<string[]>([]);
  const hasPasskeys = Boolean(usePasskeys().data?.length);
  const confirmed = (found: string[]) => {
    setSecret(null);
    setCodes(found);
  };
  return (
    <div className="space-y-5">
      {now.active ? (
        <p>
          {t("Your account asks for a code of your authenticator app when you sign in, since {date}.", {
            date: date(now.since ?? ""),
          })}
        </p>
      ) : (
        <p className="text-soft">
          {t(
            "An authenticator app on your phone shows a code that you enter when you sign in. A stolen password is then not enough.",
          )}
        </p>
      )}
      <RecoveryCodes codes={codes} />
      {(now.active || hasPasskeys) && <Left count={now.recovery_codes_left} />}
      {secret ? (
        <Confirm secret={secret} onConfirmed={confirmed} onCancel={() => setSecret(null)} />
      ) : (
        !now.active && (
          <SetUp
            user={user}
            onBegun={(begun) => {
              setCodes([]);
              setSecret(begun);
            }}
          />
        )
      )}
      {(now.active || hasPasskeys) && !secret && <Change user={user} hasApp={now.active} onCodes={setCodes} />}
    </div>
  );
}

function Left({ count }: { count: number }) {
  if (count > 3) return <p>{t("{count} recovery codes are left.", { count })}</p>;
  return (
    <Notice
      tone="calm"
      title={
        count === 0
          ? t("No recovery codes are left.")
          : count === 1
            ? t("One recovery code is left.")
            : t("{count} recovery codes are left.", { count })
      }
    >
      {t("Replace them before you need one.")}
    </Notice>
  );
}

function SetUp({ user, onBegun }: { user: Account; onBegun: (secret: NewSecret) => void }) {
  const [open, setOpen] = useState(false);
  if (!open) return <Button onClick={() => setOpen(true)}>{t("Set up an authenticator app")}</Button>;
  return (
    <Form
      fields={proofs(user.has_password, false)}
      variant="plain"
      label={t("Continue")}
      busyLabel={t("Checking")}
      act={async (proof) => onBegun(await beginApp(proof))}
    >
      <Button variant="quiet" onClick={() => setOpen(false)}>
        {t("Cancel")}
      </Button>
    </Form>
  );
}

interface ConfirmProps {
  secret: NewSecret;
  onConfirmed: (codes: string[]) => void;
  onCancel: () => void;
}

function Confirm({ secret, onConfirmed, onCancel }: ConfirmProps) {
  const code = { ...CODE, label: t("Code of the app"), hint: t("The six digits that the app shows now.") };
  return (
    <div className="space-y-4">
      <p>{t("Scan this code with your authenticator app, or type the key in.")}</p>
      <QrCode text={secret.uri} label={t("QR code for your authenticator app")} />
      <p>
        {t("Key:")} <code className="figures [overflow-wrap:anywhere]">{grouped(secret.secret)}</code>
      </p>
      <Form
        fields={[code]}
        variant="plain"
        label={t("Turn on")}
        busyLabel={t("Checking")}
        act={async ({ code: typed = "" }) => onConfirmed(await confirmApp(typed))}
      >
        <p className="text-soft">{t("All other devices will be signed out.")}</p>
        <Button variant="quiet" onClick={onCancel}>
          {t("Cancel")}
        </Button>
      </Form>
    </div>
  );
}

/** Change what is active; both need the same proof. */
function Change({ user, hasApp, onCodes }: { user: Account; hasApp: boolean; onCodes: (codes: string[]) => void }) {
  const [open, setOpen] = useState<"" | "codes" | "remove">("");
  if (!open) {
    return (
      <div className="flex flex-wrap gap-3">
        <Button onClick={() => setOpen("codes")}>{t("Replace the recovery codes")}</Button>
        {hasApp && <Button onClick={() => setOpen("remove")}>{t("Remove the app")}</Button>}
      </div>
    );
  }
  const act = async (values: Values) => {
    onCodes(open === "codes" ? await renewCodes(values) : (await removeApp(values), []));
    setOpen("");
  };
  const label = open === "codes" ? t("Replace the recovery codes") : t("Yes, remove the app");
  return (
    <Form
      key={open}
      fields={proofs(user.has_password, hasApp)}
      variant="plain"
      label={label}
      busyLabel={t("Checking")}
      act={act}
    >
      {open === "remove" && <p>{t("Codes of the app are not asked for any more.")}</p>}
      <Button variant="quiet" onClick={() => setOpen("")}>
        {t("Cancel")}
      </Button>
    </Form>
  );
}

/** Split a key into groups, which are easier to type. */
const grouped = (key: string): string => key.match(/.{1,4}/g)?.join(" ") ?? key;

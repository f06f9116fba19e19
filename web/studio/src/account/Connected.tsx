import { useState } from "react";
import type { Account, Identity } from "../api/types";
import { date } from "../lib/format";
import { Button } from "../ui/Button";
import type { FieldSpec } from "../ui/Field";
import { Form } from "../ui/Form";
import { Loaded } from "../ui/Loaded";
import { LABELS } from "./Providers";
import { disconnect, useFactor, useIdentities } from "./factor";
import { proofs } from "./fields";
import { t } from "../i18n";

/** The sign-ins with other providers that are connected to the account. */
export function Connected({ user }: { user: Account }) {
  const hasApp = useFactor().data?.active ?? false;
  return (
    <Loaded of={useIdentities()}>
      {(known) =>
        known.length ? (
          <ul>
            {known.map((one) => (
              <Row key={one.id} one={one} fields={proofs(user.has_password, hasApp)} />
            ))}
          </ul>
        ) : (
          <p className="text-soft">{t("You sign in with no other provider.")}</p>
        )
      }
    </Loaded>
  );
}

function Row({ one, fields }: { one: Identity; fields: FieldSpec[] }) {
  const [open, setOpen] = useState(false);
  const name = LABELS[one.provider] ?? new URL(one.issuer).host;
  return (
    <li className="space-y-3 border-b border-rule py-3 last:border-0">
      <div className="flex min-h-11 flex-wrap items-center justify-between gap-3">
        <div className="min-w-0">
          <p className="font-medium [overflow-wrap:anywhere]">{name}</p>
          <p className="text-sm text-soft">{t("connected {date}", { date: date(one.since) })}</p>
        </div>
        {!open && (
          <Button aria-label={t("Disconnect {name}", { name })} onClick={() => setOpen(true)}>
            {t("Disconnect")}
          </Button>
        )}
      </div>
      {open && (
        <Form
          fields={fields}
          variant="plain"
          label={t("Yes, disconnect {name}", { name })}
          busyLabel={t("Disconnecting")}
          act={(proof) => disconnect(one.id, proof)}
        >
          <p>{t("It is connected again when you sign in with it next.")}</p>
          <Button variant="quiet" onClick={() => setOpen(false)}>
            {t("Cancel")}
          </Button>
        </Form>
      )}
    </li>
  );
}

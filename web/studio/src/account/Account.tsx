import { useState } from "react";
import type { Account as User } from "../api/types";
import { date } from "../lib/format";
import { Button } from "../ui/Button";
import { Form } from "../ui/Form";
import { Panel } from "../ui/Panel";
import { Connected } from "./Connected";
import { Devices } from "./Devices";
import { Keys } from "./Keys";
import { Passkeys } from "./Passkeys";
import { SecondFactor } from "./SecondFactor";
import { StatusButton } from "./StatusButton";
import { Mails } from "./Mails";
import { Notifications } from "./Notifications";
import { Link } from "./Sheet";
import { useAccounts } from "./accounts";
import { changeEmail, changePassword, deleteAccount, resendLink, saveExport, signOut } from "./actions";
import { CURRENT_PASSWORD, EMAIL, NEW_PASSWORD } from "./fields";
import { t } from "../i18n";

export function Account({ user }: { user: User }) {
  const accounts = useAccounts();
  const confirms = accounts?.verification ?? false;
  const origins = accounts?.passkey_origins ?? [];
  const hasProviders = Boolean(accounts?.providers.length);
  return (
    <div className="space-y-6">
      <header className="flex flex-wrap items-end justify-between gap-4">
        <div className="min-w-0">
          <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">{t("Your account")}</h1>
          <p className="text-soft [overflow-wrap:anywhere]">
            {t("{email}, since {date}", { email: user.email, date: date(user.created_at) })}
          </p>
        </div>
        <StatusButton label={t("Sign out")} act={signOut} />
      </header>
      {confirms && !user.verified && <Unconfirmed email={user.email} />}
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Panel title={t("Email address")}>
          <Email confirms={confirms} />
        </Panel>
        <Panel title={t("Password")}>
          <Password user={user} />
        </Panel>
      </div>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        {origins.length > 0 && (
          <Panel title={t("Passkeys")}>
            <Passkeys user={user} origins={origins} />
          </Panel>
        )}
        <Panel title={t("Second factor")}>
          <SecondFactor user={user} />
        </Panel>
      </div>
      {hasProviders && (
        <Panel title={t("Connected sign-ins")}>
          <Connected user={user} />
        </Panel>
      )}
      <Panel title={t("Signed-in devices")}>
        <Devices />
      </Panel>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Panel title={t("Mails")}>
          <Mails />
        </Panel>
        <Panel title={t("Notifications")}>
          <Notifications />
        </Panel>
      </div>
      <Panel title={t("Webhooks")}>
        <p>{t("Messages to your server when something happens to your videos.")}</p>
        <Link to="webhooks">{t("Manage webhooks")}</Link>
      </Panel>
      <Panel title={t("API keys")}>
        <Keys mayCreate={user.verified || !confirms} />
      </Panel>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Panel title={t("Your data")}>
          <p className="mb-4">{t("Download everything that is stored about your account, as a JSON file.")}</p>
          <StatusButton label={t("Download your data")} act={saveExport} />
        </Panel>
        <Panel title={t("Delete account")}>
          <Delete user={user} />
        </Panel>
      </div>
    </div>
  );
}

function Unconfirmed({ email }: { email: string }) {
  return (
    <section
      aria-label={t("Confirm your email address")}
      className="space-y-3 border-s-4 border-soft bg-sheet px-4 py-3"
    >
      <p>
        <span className="font-medium">{t("Confirm your email address.")}</span>{" "}
        {t("We have sent a link to {email}. It works once, within 24 hours.", { email })}
      </p>
      <StatusButton label={t("Send the link again")} done={t("The link has been sent.")} act={resendLink} />
    </section>
  );
}

function Email({ confirms }: { confirms: boolean }) {
  const act = async ({ email = "", current_password = "" }) => {
    await changeEmail(current_password, email);
    return confirms
      ? t("We have sent a link to {email}. Your address changes when you open it.", { email })
      : t("Your email address has been changed.");
  };
  const address = {
    ...EMAIL,
    label: t("New email address"),
    autoComplete: "email",
    missing: t("Enter the new email address."),
  };
  return (
    <Form
      fields={[address, CURRENT_PASSWORD]}
      variant="plain"
      label={t("Change email address")}
      busyLabel={t("Changing")}
      act={act}
    />
  );
}

function Password({ user }: { user: User }) {
  const act = async ({ current_password = "", password = "" }) => {
    await changePassword(current_password, password);
    return t("Your password has been changed. All other devices have been signed out.");
  };
  if (!user.has_password)
    return (
      <p>{t("You sign in without a password. To choose one, sign out and ask for a link to choose a new password.")}</p>
    );
  return (
    <Form
      fields={[CURRENT_PASSWORD, NEW_PASSWORD]}
      variant="plain"
      label={t("Change password")}
      busyLabel={t("Changing")}
      act={act}
    >
      <UserName email={user.email} />
    </Form>
  );
}

function Delete({ user }: { user: User }) {
  const [open, setOpen] = useState(false);
  if (!open) {
    return (
      <>
        <p className="mb-4">
          {t("This deletes your account, your videos and all uploaded files. It cannot be undone.")}
        </p>
        <Button onClick={() => setOpen(true)}>{t("Delete account")}</Button>
      </>
    );
  }
  return (
    <Form
      fields={user.has_password ? [CURRENT_PASSWORD] : []}
      label={t("Delete account and files for good")}
      busyLabel={t("Deleting")}
      act={({ current_password = "" }) => deleteAccount(current_password)}
    >
      <UserName email={user.email} />
      <p>{t("Videos in progress are cancelled, and all devices are signed out.")}</p>
      <Button variant="quiet" onClick={() => setOpen(false)}>
        {t("Keep the account")}
      </Button>
    </Form>
  );
}

/** Tells password managers whose password it is. */
function UserName({ email }: { email: string }) {
  return <input type="text" autoComplete="username" value={email} readOnly hidden />;
}

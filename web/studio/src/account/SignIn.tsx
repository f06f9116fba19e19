import { useEffect, useRef, useState } from "react";
import { Problem } from "../api/client";
import { go, replace } from "../lib/navigate";
import { paths } from "../lib/paths";
import { Form, type Values } from "../ui/Form";
import { Notice } from "../ui/Notice";
import { Providers } from "./Providers";
import { Link, Sheet } from "./Sheet";
import { StatusButton } from "./StatusButton";
import { useAccounts } from "./accounts";
import { type Credentials, signIn, signUp } from "./actions";
import { CODE, EMAIL, NEW_PASSWORD, PASSWORD } from "./fields";
import { confirmWithPasskey, offerPasskeys, signInWithPasskey } from "./passkeys";
import { hasPasskeys } from "./webauthn";
import { t } from "../i18n";

const BEFORE: Record<string, string> = {
  ended: t("You have been signed out. Sign in again."),
  changed: t("Your password has been changed. Sign in with the new one."),
  deleted: t("Your account and its files have been deleted."),
};

/** Why a sign-in with an identity provider was refused, by error code. */
const REFUSED: Record<string, string> = {
  ACCOUNT_SUSPENDED: t("Your account is suspended. Ask the people who run this server."),
  ACCOUNT_UNVERIFIED: t(
    "An account with your email address exists, but the address is not confirmed. Sign in with your password.",
  ),
  IDENTITY_EMAIL_UNVERIFIED: t("The provider has not verified your email address. Verify it there first."),
  IDENTITY_PROVIDER_UNAVAILABLE: t("The provider does not answer. Try again in a few minutes."),
  PROVIDER_UNKNOWN: t("This server does not offer that provider."),
  INVITATION_INVALID: t("Your invitation has been used, has expired or is for another email address."),
  REGISTRATION_CLOSED: t("This server accepts no new accounts."),
};

interface Asked {
  known: Credentials;
  options: PublicKeyCredentialRequestOptionsJSON | null;
}

export function SignIn({ view, refused = "" }: { view: string; refused?: string }) {
  const accounts = useAccounts();
  const before = BEFORE[view];
  const mayUsePasskeys = hasPasskeys(accounts?.passkey_origins ?? []);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [trouble, setTrouble] = useState("");
  const stop = useRef(() => undefined as void);
  const done = () => go(paths.create);
  useEffect(() => {
    if (mayUsePasskeys) stop.current = offerPasskeys(done, setTrouble);
    return () => stop.current();
  }, [mayUsePasskeys]);
  const act = async (values: Values) => {
    const known = values as unknown as Credentials;
    setTrouble("");
    try {
      await signIn(known);
    } catch (problem) {
      if (problem instanceof Problem && problem.code === "SECOND_FACTOR_NEEDED")
        setAsked({ known, options: problem.passkeyOptions });
      throw problem;
    }
    stop.current();
    done();
  };
  const byPasskey = async () => {
    stop.current(); // a browser handles one request at a time
    await signInWithPasskey();
    done();
  };
  const afterPassword = async ({ known, options }: Asked) => {
    if (!options) return;
    stop.current();
    try {
      await confirmWithPasskey(known, options);
      done();
    } catch (problem) {
      // The options can be used once: another try begins with the password.
      setAsked(null);
      setTrouble((problem as Error).message);
    }
  };
  const { options } = asked ?? {};
  return (
    <Sheet title={t("Sign in")}>
      {before && <Notice tone="calm" title={before} />}
      {refused && <Notice title={REFUSED[refused] ?? t("The sign-in with the provider failed. Start it again.")} />}
      {trouble && <Notice title={trouble} />}
      {mayUsePasskeys && !asked && (
        <p className="border-b border-rule pb-5">
          <StatusButton label={t("Sign in with a passkey")} act={byPasskey} />
        </p>
      )}
      {!asked && <Providers names={accounts?.providers ?? []} />}
      {asked && options && mayUsePasskeys && (
        <p>
          <StatusButton focused label={t("Confirm with a passkey")} act={() => afterPassword(asked)} />
        </p>
      )}
      <Form
        fields={asked ? [EMAIL, PASSWORD, CODE] : [EMAIL, PASSWORD]}
        label={t("Sign in")}
        busyLabel={t("Signing in")}
        act={act}
      />
      <p className="flex flex-wrap gap-x-6 border-t border-rule pt-3">
        <Link to="forgot">{t("Forgotten your password?")}</Link>
        {accounts?.registration === "open" && <Link to="sign-up">{t("Create an account")}</Link>}
      </p>
    </Sheet>
  );
}

export function SignUp({ invitation }: { invitation: string }) {
  const accounts = useAccounts();
  const mayRegister = accounts?.registration === "open" || (accounts?.registration === "invite" && invitation);
  const act = async (values: Values) => {
    const mustConfirm = await signUp(values as unknown as Credentials, invitation);
    if (mustConfirm) replace(paths.account());
    else go(paths.create);
  };
  return (
    <Sheet title={t("Create an account")}>
      {mayRegister ? (
        <>
          <p className="text-soft">
            {t("Your videos then stay with you on every device. What you have made in this browser comes along.")}
          </p>
          <Providers names={accounts?.providers ?? []} invitation={invitation} />
          <Form
            fields={[EMAIL, { ...NEW_PASSWORD, label: t("Password") }]}
            label={t("Create account")}
            busyLabel={t("Creating account")}
            act={act}
          />
        </>
      ) : (
        <p>
          {accounts?.registration === "invite"
            ? t("You need an invitation. Open the link in its mail again.")
            : t("This server accepts no new accounts.")}
        </p>
      )}
      <p className="border-t border-rule pt-3">
        <Link to="">{t("Sign in to an account that you have")}</Link>
      </p>
    </Sheet>
  );
}

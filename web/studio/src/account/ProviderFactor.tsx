import { useEffect, useState } from "react";
import { Problem } from "../api/client";
import { replace } from "../lib/navigate";
import { paths } from "../lib/paths";
import { Form, type Values } from "../ui/Form";
import { Notice } from "../ui/Notice";
import { BACK } from "./Providers";
import { Link, Sheet } from "./Sheet";
import { StatusButton } from "./StatusButton";
import { useAccounts } from "./accounts";
import { confirmProviderSignIn } from "./actions";
import { CODE } from "./fields";
import { hasPasskeys, sign } from "./webauthn";
import { t } from "../i18n";

type Options = PublicKeyCredentialRequestOptionsJSON | null;

/** Ask for the second factor after a sign-in with a provider, which ends after five minutes. */
export function ProviderFactor() {
  const mayUsePasskeys = hasPasskeys(useAccounts()?.passkey_origins ?? []);
  const [options, setOptions] = useState<Options>(null);
  const [trouble, setTrouble] = useState("");
  const confirm = async (second: { code?: string; passkey?: unknown }) => {
    const next = await confirmProviderSignIn(second);
    if (next === BACK) replace(paths.create);
    else location.assign(next);
  };
  /** The options can be used once: each try gets new ones. */
  const ask = async () => {
    try {
      await confirm({});
    } catch (problem) {
      if (problem instanceof Problem && problem.code === "SECOND_FACTOR_NEEDED") setOptions(problem.passkeyOptions);
      else setTrouble(message(problem));
    }
  };
  useEffect(() => void ask(), []);
  const byPasskey = async () => {
    if (!options) return;
    setTrouble("");
    try {
      await confirm({ passkey: await sign(options) });
    } catch (problem) {
      setTrouble(message(problem));
      await ask();
    }
  };
  const byCode = async ({ code = "" }: Values) => {
    setTrouble("");
    await confirm({ code });
  };
  return (
    <Sheet title={t("One more step")}>
      <p className="text-soft">{t("Your account has a second factor, so the provider alone does not sign you in.")}</p>
      {trouble && <Notice title={trouble} />}
      {options && mayUsePasskeys && (
        <p className="border-b border-rule pb-5">
          <StatusButton focused label={t("Confirm with a passkey")} act={byPasskey} />
        </p>
      )}
      <Form fields={[CODE]} label={t("Sign in")} busyLabel={t("Signing in")} act={byCode} />
      <p className="border-t border-rule pt-3">
        <Link to="">{t("Sign in another way")}</Link>
      </p>
    </Sheet>
  );
}

function message(problem: unknown): string {
  if (problem instanceof Problem && problem.code === "IDENTITY_REFUSED")
    return t("This took more than five minutes. Start the sign-in again.");
  return (problem as Error).message;
}

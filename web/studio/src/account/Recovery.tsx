import { replace } from "../lib/navigate";
import { paths } from "../lib/paths";
import { Form } from "../ui/Form";
import { Link, Sheet } from "./Sheet";
import { askForLink, resetPassword } from "./actions";
import { useAccounts } from "./accounts";
import { EMAIL, NEW_PASSWORD } from "./fields";
import { t } from "../i18n";

export function Forgot() {
  const sendsMails = useAccounts()?.verification;
  const act = async ({ email = "" }) => {
    await askForLink(email);
    return t("If {email} has an account, we have sent a link to it. It works once, within 30 minutes.", { email });
  };
  return (
    <Sheet title={t("Choose a new password")}>
      <p className="text-soft">{t("We send you a link with which you can choose one.")}</p>
      {!sendsMails && <p className="text-soft">{t("This server sends no mails. Ask its operator for the link.")}</p>}
      <Form fields={[EMAIL]} label={t("Send the link")} busyLabel={t("Sending")} act={act} />
      <p className="border-t border-rule pt-3">
        <Link to="">{t("Back to signing in")}</Link>
      </p>
    </Sheet>
  );
}

export function Reset({ token }: { token: string }) {
  const act = async ({ password = "" }) => {
    await resetPassword(token, password);
    replace(paths.account("changed"));
  };
  return (
    <Sheet title={t("Choose a new password")}>
      <p className="text-soft">{t("You will be signed out on all devices.")}</p>
      <Form fields={[NEW_PASSWORD]} label={t("Save password")} busyLabel={t("Saving")} act={act} />
      <p className="border-t border-rule pt-3">
        <Link to="forgot">{t("Ask for a new link")}</Link>
      </p>
    </Sheet>
  );
}

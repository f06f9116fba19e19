import { useState } from "react";
import { login } from "../api/login";
import { Form } from "../ui/Form";
import { Link, Sheet } from "./Sheet";
import { confirmAddress } from "./actions";
import { t } from "../i18n";

/** Confirms the address when the button is pressed, because programs that check mails open links, too. */
export function Confirm({ token }: { token: string }) {
  const user = login.use((now) => now.user);
  const [done, setDone] = useState(false);
  const act = async () => {
    await confirmAddress(token);
    setDone(true);
  };
  return (
    <Sheet title={t("Confirm your email address")}>
      {done ? (
        <p role="status">{t("Your email address is confirmed.")}</p>
      ) : (
        <Form fields={[]} label={t("Confirm")} busyLabel={t("Confirming")} act={act} />
      )}
      <p className="border-t border-rule pt-3">
        <Link to="">{user ? t("Your account") : t("Sign in")}</Link>
      </p>
    </Sheet>
  );
}

import { useState } from "react";
import { Problem } from "../api/client";
import { go, replace } from "../lib/route";
import { Form, type Values } from "../ui/Form";
import { Notice } from "../ui/Notice";
import { Link, Sheet } from "./Sheet";
import { useAccounts } from "./accounts";
import { type Credentials, signIn, signUp } from "./actions";
import { CODE, EMAIL, NEW_PASSWORD, PASSWORD } from "./fields";

const BEFORE: Record<string, string> = {
  ended: "You have been signed out. Sign in again.",
  changed: "Your password has been changed. Sign in with the new one.",
  deleted: "Your account and its files have been deleted.",
};

export function SignIn({ view }: { view: string }) {
  const accounts = useAccounts();
  const before = BEFORE[view];
  const [asksForCode, setAsksForCode] = useState(false);
  const act = async (values: Values) => {
    try {
      await signIn(values as unknown as Credentials);
    } catch (problem) {
      if (problem instanceof Problem && problem.code === "SECOND_FACTOR_NEEDED") setAsksForCode(true);
      throw problem;
    }
    go("#make");
  };
  return (
    <Sheet title="Sign in">
      {before && <Notice tone="calm" title={before} />}
      <Form fields={asksForCode ? [EMAIL, PASSWORD, CODE] : [EMAIL, PASSWORD]} label="Sign in" busyLabel="Signing in" act={act} />
      <p className="flex flex-wrap gap-x-6 border-t border-rule pt-3">
        <Link to="forgot">Forgotten your password?</Link>
        {accounts?.registration === "open" && <Link to="sign-up">Create an account</Link>}
      </p>
    </Sheet>
  );
}

export function SignUp({ invitation }: { invitation: string }) {
  const accounts = useAccounts();
  const mayRegister = accounts?.registration === "open" || (accounts?.registration === "invite" && invitation);
  const act = async (values: Values) => {
    const mustConfirm = await signUp(values as unknown as Credentials, invitation);
    if (mustConfirm) replace("account");
    else go("#make");
  };
  return (
    <Sheet title="Create an account">
      {mayRegister ? (
        <>
          <p className="text-soft">Your videos then stay with you on every device. What you have made in this browser comes along.</p>
          <Form fields={[EMAIL, { ...NEW_PASSWORD, label: "Password" }]} label="Create account" busyLabel="Creating account" act={act} />
        </>
      ) : (
        <p>{accounts?.registration === "invite" ? "You need an invitation. Open the link in its mail again." : "This server accepts no new accounts."}</p>
      )}
      <p className="border-t border-rule pt-3"><Link to="">Sign in to an account that you have</Link></p>
    </Sheet>
  );
}

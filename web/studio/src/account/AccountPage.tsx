import { type ReactNode, useEffect, useState } from "react";
import { useLocation, useParams } from "react-router";
import { continueProviderSignIn, bearer, login } from "../api/login";
import { replace } from "../lib/navigate";
import { paths } from "../lib/paths";
import { capabilities, loadCapabilities } from "../make/capabilities";
import { usePageTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Account } from "./Account";
import { Confirm } from "./Confirm";
import { Unsubscribe } from "./Mails";
import { ProviderFactor } from "./ProviderFactor";
import { Forgot, Reset } from "./Recovery";
import { SignIn, SignUp } from "./SignIn";
import { Webhooks } from "./Webhooks";
import { useAccounts } from "./accounts";
import { link, takeLink } from "./link";
import { t } from "../i18n";

export default function AccountPage() {
  const { hash } = useLocation();
  const given = useParams()["view"];
  // Links in mails lead here: `/account#reset=TOKEN`. A fragment is sent to no server.
  const view = hash.slice(1) || (given ?? "");
  usePageTitle(t("Account"));
  useEffect(() => takeLink(view), [view]);
  return <Known view={view}>{view.includes("=") ? null : <View view={view} />}</Known>;
}

/** Wait until it is known who is signed in, and how people may sign in here. */
function Known({ view, children }: { view: string; children: ReactNode }) {
  const { now, trouble } = capabilities.use((all) => all);
  const accounts = useAccounts();
  const [known, setKnown] = useState(false);
  const [failed, setFailed] = useState("");
  const find = () => {
    setFailed("");
    if (!capabilities.get().now) void loadCapabilities();
    const isBack = view === "signed-in";
    (isBack ? continueProviderSignIn().then(() => replace(paths.create)) : bearer()).then(
      () => setKnown(true),
      (problem: Error) => setFailed(problem.message),
    );
  };
  useEffect(find, []);
  if (failed || (trouble && !now)) {
    return (
      <Notice title={failed || trouble}>
        <Button onClick={find}>{t("Try again")}</Button>
      </Notice>
    );
  }
  if (!now || !known)
    return (
      <p role="status" className="caption py-16 text-center">
        {t("Loading")}
      </p>
    );
  if (!accounts)
    return (
      <Notice tone="calm" title={t("This server has no accounts.")}>
        {t("You can use it without signing in.")}
      </Notice>
    );
  return children;
}

function View({ view }: { view: string }) {
  const user = login.use((now) => now.user);
  const { action, token } = link.use((now) => now);
  const confirms = useAccounts()?.verification ?? false;
  const given = action === view ? token : "";
  if (view === "verify" && given) return <Confirm token={given} />;
  if (view === "reset" && given) return <Reset token={given} />;
  if (view === "unsubscribe" && given) return <Unsubscribe token={given} />;
  if (view === "second-factor") return <ProviderFactor />;
  if (user && view === "webhooks") return <Webhooks mayCreate={user.verified || !confirms} />;
  if (user) return <Account user={user} />;
  if (view === "sign-up" || view === "invitation") return <SignUp invitation={given} />;
  if (view === "forgot" || view === "reset") return <Forgot />;
  return <SignIn view={view} refused={view === "refused" ? given : ""} />;
}

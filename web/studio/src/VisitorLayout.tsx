import { Suspense, useEffect, useState } from "react";
import { Link, Navigate, Outlet, useLocation } from "react-router";
import { useAccounts } from "./account/accounts";
import { login } from "./api/login";
import { paths, redirected } from "./lib/paths";
import { connection } from "./live/connection";
import { restore, session } from "./live/session";
import { Button, buttonClass } from "./ui/Button";
import { Notice } from "./ui/Notice";
import { Waiting } from "./ui/Waiting";
import { t } from "./i18n";

/** The pages of a visitor, which need the session of the last visit first. */
export function VisitorLayout() {
  const { pathname, hash } = useLocation();
  const { ready, lost } = session.use((now) => now);
  const [trouble, setTrouble] = useState("");
  const begin = () => {
    setTrouble("");
    restore().catch((problem: Error) => setTrouble(problem.message));
  };
  useEffect(begin, []);
  const present = pathname === "/" ? redirected(hash) : null;
  if (present) return <Navigate to={present} replace />;
  if (trouble) {
    return (
      <Notice title={trouble}>
        <Button onClick={begin}>{t("Try again")}</Button>
      </Notice>
    );
  }
  if (!ready) return <Waiting />;
  return (
    <div className="space-y-4">
      <ConnectionLost />
      <SignInFirst />
      {lost && <Notice tone="calm" title={lost} />}
      <Suspense fallback={<Waiting />}>
        <Outlet />
      </Suspense>
    </div>
  );
}

/** Shown to visitors of a server where only users may make videos. */
function SignInFirst() {
  const required = useAccounts()?.mode === "required";
  const user = login.use((now) => now.user);
  if (!required || user) return null;
  return (
    <Notice tone="calm" title={t("Sign in to make a video.")}>
      <Link to={paths.account()} className={buttonClass("plain")}>
        {t("Sign in")}
      </Link>
    </Notice>
  );
}

/** Shown while the connection is lost. */
function ConnectionLost() {
  const lost = connection.use((now) => now.state === "lost");
  if (!lost) return null;
  return (
    <Notice title={t("The connection was lost.")}>
      {t("Your video is still being made. This page reconnects by itself and loads what it missed.")}
    </Notice>
  );
}

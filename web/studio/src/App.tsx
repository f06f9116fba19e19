import { Suspense, lazy, useEffect, useState } from "react";
import { useAccounts } from "./account/accounts";
import { login } from "./api/login";
import { LibraryTabs } from "./library/LibraryTabs";
import { route } from "./lib/route";
import { connection } from "./live/connection";
import { restore, session } from "./live/session";
import { MakePage } from "./make/MakePage";
import { Button, buttonClass } from "./ui/Button";
import { ErrorBoundary } from "./ui/ErrorBoundary";
import { Notice } from "./ui/Notice";
import { Shell } from "./ui/Shell";
import { WatchPage } from "./watch/WatchPage";

const OperatePage = lazy(() => import("./operate/OperatePage"));
const AccountPage = lazy(() => import("./account/AccountPage"));
const APART = { operate: OperatePage, account: AccountPage };

export function App() {
  const page = route.use((now) => now.now.page);
  const Apart = page === "operate" || page === "account" ? APART[page] : null;
  return (
    <Shell>
      <ErrorBoundary key={page}>
        {Apart ? <Suspense fallback={<Waiting />}><Apart /></Suspense> : <Visitor />}
      </ErrorBoundary>
    </Shell>
  );
}

/** The pages of a visitor, which need the session of the last visit first. */
function Visitor() {
  const { page, job } = route.use((now) => now.now);
  const { ready, lost } = session.use((now) => now);
  const [trouble, setTrouble] = useState("");
  const begin = () => {
    setTrouble("");
    restore().catch((problem: Error) => setTrouble(problem.message));
  };
  useEffect(begin, []);
  if (trouble) {
    return (
      <Notice title={trouble}>
        <Button onClick={begin}>Try again</Button>
      </Notice>
    );
  }
  if (!ready) return <Waiting />;
  return (
    <div className="space-y-4">
      <ConnectionLost />
      <SignInFirst />
      {lost && <Notice tone="calm" title={lost} />}
      {page === "make" && <MakePage />}
      {page === "watch" && <WatchPage jobId={job} />}
      {page === "library" && <LibraryTabs />}
    </div>
  );
}

/** Shown to visitors of a server where only users may make videos. */
function SignInFirst() {
  const required = useAccounts()?.mode === "required";
  const user = login.use((now) => now.user);
  if (!required || user) return null;
  return (
    <Notice tone="calm" title="Sign in to make a video.">
      <a href="#account" className={buttonClass("plain")}>Sign in</a>
    </Notice>
  );
}

/** Shown while the connection is lost. */
function ConnectionLost() {
  const lost = connection.use((now) => now.state === "lost");
  if (!lost) return null;
  return (
    <Notice title="The connection was lost.">
      Your video is still being made. This page reconnects by itself and loads what it missed.
    </Notice>
  );
}

function Waiting() {
  return <p role="status" className="caption py-16 text-center">Loading</p>;
}

import { type ReactNode, useEffect } from "react";
import { useAccounts } from "../account/accounts";
import { login } from "../api/login";
import { connection } from "../live/connection";
import { session } from "../live/session";
import { day } from "../lib/format";
import { route } from "../lib/route";
import { theme, toggleTheme } from "../lib/theme";
import { capabilities, loadCapabilities } from "../make/capabilities";
import { Toasts } from "./Toasts";

const PAGES = [
  { page: "make", label: "Create", href: "/#make" },
  { page: "watch", label: "In progress", href: "/#watch" },
  { page: "library", label: "Videos", href: "/#library" },
] as const;

const STATES = { closed: "", connecting: "Connecting", live: "Live", lost: "Offline" };

export function Shell({ children }: { children: ReactNode }) {
  return (
    <div className="mx-auto flex min-h-dvh max-w-[76rem] flex-col px-3 pb-24 sm:px-6 sm:pb-10">
      <a href="#page" className="sr-only focus:not-sr-only focus:absolute focus:z-20 focus:bg-sheet focus:p-3"
        onClick={(event) => { event.preventDefault(); document.getElementById("page")?.focus(); }}>
        Skip to content
      </a>
      <PageHeader />
      <main id="page" tabIndex={-1} className="flex-1 outline-none">{children}</main>
      <PageFooter />
      <Toasts />
    </div>
  );
}

function PageHeader() {
  return (
    <header className="flex items-center justify-between gap-4 py-4 sm:py-6">
      <a href="/#make" className="flex items-baseline gap-3 no-underline">
        <span className="font-mono text-lg font-semibold tracking-[0.16em] uppercase">Callsheet</span>
        <span className="caption hidden lg:inline">{day(Date.now())}</span>
      </a>
      <Navigation />
      <div className="flex items-center gap-1">
        <ConnectionState />
        <AccountLink />
        <ThemeButton />
      </div>
    </header>
  );
}

function Navigation() {
  const here = route.use((now) => now.now.page);
  const busy = session.use((now) => (now.status?.counts.running ?? 0) + (now.status?.counts.queued ?? 0));
  return (
    <nav aria-label="Pages" className="fixed inset-x-0 bottom-0 z-10 border-t border-ink bg-sheet pb-[env(safe-area-inset-bottom)] sm:static sm:border-0 sm:bg-transparent sm:pb-0">
      <ul className="flex">
        {PAGES.map(({ page, label, href }) => (
          <li key={page} className="flex-1 whitespace-nowrap sm:flex-none">
            <a
              href={href}
              aria-current={here === page ? "page" : undefined}
              className="flex min-h-14 items-center justify-center gap-2 px-5 sm:min-h-11 border-t-2 sm:border-t-0 sm:border-b-2 border-transparent text-soft hover:text-ink aria-[current=page]:border-cue aria-[current=page]:text-ink aria-[current=page]:font-medium"
            >
              {label}
              {page === "watch" && busy > 0 && (
                <span className="figures rounded-full bg-cue px-2 text-xs text-on-cue">
                  {busy}<span className="sr-only"> in progress</span>
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function ConnectionState() {
  const state = connection.use((now) => now.state);
  const mark = state === "live" ? "bg-soft" : state === "lost" ? "bg-cue animate-pulse" : "border border-soft";
  return (
    <span role="status" className="caption flex items-center gap-2 px-2">
      {STATES[state] && <><span aria-hidden className={`size-2 rounded-full ${mark}`} />{STATES[state]}</>}
    </span>
  );
}

/** Who is signed in; nothing where the server has no accounts. */
function AccountLink() {
  const accounts = useAccounts();
  const user = login.use((now) => now.user);
  const here = route.use((now) => now.now.page === "account");
  useEffect(() => {
    if (!capabilities.get().now) void loadCapabilities();
  }, []);
  if (!accounts) return null;
  return (
    <a href="/#account" aria-current={here ? "page" : undefined} title={user?.email}
      className="flex min-h-11 max-w-56 items-center gap-2 px-2 text-[0.9375rem] whitespace-nowrap text-soft hover:text-ink aria-[current=page]:text-ink">
      {user ? (
        <>
          <span aria-hidden className="grid size-7 shrink-0 place-items-center rounded-full bg-ink font-mono text-sm text-sheet uppercase">{user.email[0]}</span>
          <span className="sr-only">Your account, </span>
          <span className="truncate max-lg:sr-only">{user.email}</span>
        </>
      ) : "Sign in"}
    </a>
  );
}

function ThemeButton() {
  const dark = theme.use((now) => now.now === "dark");
  return (
    <button type="button" onClick={toggleTheme} aria-label={dark ? "Light colours" : "Dark colours"}
      className="grid size-11 place-items-center text-soft hover:text-ink">
      <svg viewBox="0 0 20 20" className="size-5" aria-hidden>
        <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d={dark ? "M10 3a7 7 0 0 0 0 14z" : "M10 3a7 7 0 0 1 0 14z"} fill="currentColor" />
      </svg>
    </button>
  );
}

function PageFooter() {
  return (
    <footer className="caption mt-10 flex flex-wrap gap-x-6 gap-y-2 border-t border-rule pt-4">
      <a className="hover:text-ink underline underline-offset-4 decoration-rule" href="/docs">API</a>
      <a className="hover:text-ink underline underline-offset-4 decoration-rule" href="/operate">Operate</a>
      <span>Use only faces and voices that you have permission to use.</span>
    </footer>
  );
}

import { type ReactNode, useEffect } from "react";
import { Link, NavLink } from "react-router";
import { useAccounts } from "../account/accounts";
import { login } from "../api/login";
import { connection } from "../live/connection";
import { session } from "../live/session";
import { day } from "../lib/format";
import { paths } from "../lib/paths";
import { theme, toggleTheme } from "../lib/theme";
import { capabilities, loadCapabilities } from "../make/capabilities";
import { Toasts } from "./Toasts";
import { LANGUAGES, type Language, choose, language, t } from "../i18n";

const PAGES = [
  { to: paths.create, label: t("Create") },
  { to: paths.queue, label: t("In progress") },
  { to: paths.videos, label: t("Videos") },
  { to: paths.projects, label: t("Projects") },
  { to: paths.faces, label: t("Faces") },
  { to: paths.voices, label: t("Voices") },
] as const;

const STATES = { closed: "", connecting: t("Connecting"), live: t("Live"), lost: t("Offline") };

export function Shell({ isLoading, children }: { isLoading: boolean; children: ReactNode }) {
  return (
    <div className="mx-auto flex min-h-dvh max-w-[76rem] flex-col px-page pb-24 lg:pb-10">
      <a
        href="#page"
        className="sr-only focus:not-sr-only focus:absolute focus:z-20 focus:bg-sheet focus:p-3"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("page")?.focus();
        }}
      >
        {t("Skip to content")}
      </a>
      <PageHeader />
      <main id="page" tabIndex={-1} aria-busy={isLoading} className="flex-1 outline-none">
        {children}
      </main>
      <PageFooter />
      <Toasts />
    </div>
  );
}

function PageHeader() {
  return (
    <header className="flex items-center justify-between gap-4 py-4 sm:py-6">
      <Link to={paths.home} className="flex min-h-11 items-center gap-3 no-underline">
        <span className="font-mono text-lg font-semibold tracking-[0.16em] uppercase">Callsheet</span>
        <span className="caption hidden xl:inline">{day(Date.now())}</span>
      </Link>
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
  const busy = session.use((now) => (now.status?.counts.running ?? 0) + (now.status?.counts.queued ?? 0));
  return (
    <nav
      aria-label={t("Pages")}
      className="fixed inset-x-0 bottom-0 z-10 border-t border-ink bg-sheet pb-[env(safe-area-inset-bottom)] lg:static lg:border-0 lg:bg-transparent lg:pb-0"
    >
      <ul className="flex">
        {PAGES.map(({ to, label }) => (
          <li key={to} className="min-w-0 flex-1 whitespace-nowrap lg:flex-none">
            <NavLink
              to={to}
              className="relative flex min-h-14 items-center justify-center gap-2 px-0.5 text-label sm:px-4 sm:text-base lg:min-h-11 border-t-2 lg:border-t-0 lg:border-b-2 border-transparent text-soft hover:text-ink aria-[current=page]:border-primary aria-[current=page]:text-ink aria-[current=page]:font-medium"
            >
              {label}
              {to === paths.queue && busy > 0 && (
                <span className="figures rounded-full bg-recording px-2 text-xs text-on-recording max-sm:absolute max-sm:top-0.5 max-sm:end-0.5 max-sm:px-1.5">
                  {busy}
                  <span className="sr-only"> {t("in progress")}</span>
                </span>
              )}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function ConnectionState() {
  const state = connection.use((now) => now.state);
  const mark = state === "live" ? "bg-soft" : state === "lost" ? "bg-danger animate-pulse" : "border border-soft";
  return (
    <span role="status" className="caption flex items-center gap-2 px-2">
      {STATES[state] && (
        <>
          <span aria-hidden className={`size-2 rounded-full ${mark}`} />
          {STATES[state]}
        </>
      )}
    </span>
  );
}

/** Who is signed in; nothing where the server has no accounts. */
function AccountLink() {
  const accounts = useAccounts();
  const user = login.use((now) => now.user);
  useEffect(() => {
    if (!capabilities.get().now) void loadCapabilities();
  }, []);
  if (!accounts) return null;
  return (
    <NavLink
      to={paths.account()}
      title={user?.email}
      className="flex min-h-11 max-w-56 items-center gap-2 px-2 text-[0.9375rem] whitespace-nowrap text-soft hover:text-ink aria-[current=page]:text-ink"
    >
      {user ? (
        <>
          <span
            aria-hidden
            className="grid size-7 shrink-0 place-items-center rounded-full bg-ink font-mono text-sm text-sheet uppercase"
          >
            {user.email[0]}
          </span>
          <span className="sr-only">{t("Your account,")} </span>
          <span className="truncate max-lg:sr-only">{user.email}</span>
        </>
      ) : (
        t("Sign in")
      )}
    </NavLink>
  );
}

function ThemeButton() {
  const dark = theme.use((now) => now.now === "dark");
  return (
    <button
      type="button"
      onClick={toggleTheme}
      aria-label={dark ? t("Light colours") : t("Dark colours")}
      className="grid size-11 place-items-center text-soft hover:text-ink"
    >
      <svg viewBox="0 0 20 20" className="size-5" aria-hidden>
        <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d={dark ? "M10 3a7 7 0 0 0 0 14z" : "M10 3a7 7 0 0 1 0 14z"} fill="currentColor" />
      </svg>
    </button>
  );
}

/** The way to the credits, where videos cost some. */
function CreditsLink() {
  const isOn = capabilities.use((all) => all.now?.billing.credits ?? false);
  if (!isOn) return null;
  return (
    <Link className="hover:text-ink underline underline-offset-4 decoration-rule" to={paths.credits}>
      {t("Credits")}
    </Link>
  );
}

/** The languages of the page, each by its own name. */
function LanguageChoice() {
  return (
    <label className="flex items-center gap-2">
      <svg viewBox="0 0 16 16" aria-hidden className="size-4" fill="none" stroke="currentColor">
        <path d="M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM1.5 8h13M8 1.5c-5 4-5 9 0 13M8 1.5c5 4 5 9 0 13" />
      </svg>
      <select
        aria-label={t("Language of the page")}
        value={language}
        onChange={(event) => choose(event.target.value as Language)}
        className="min-h-6 bg-transparent underline decoration-rule underline-offset-4 hover:text-ink"
      >
        {Object.entries(LANGUAGES).map(([code, { name }]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function PageFooter() {
  return (
    <footer className="caption mt-10 flex flex-wrap gap-x-6 gap-y-2 border-t border-rule pt-4">
      <a className="hover:text-ink underline underline-offset-4 decoration-rule" href="/docs">
        API
      </a>
      <Link className="hover:text-ink underline underline-offset-4 decoration-rule" to={paths.operate}>
        {t("Operate")}
      </Link>
      <Link className="hover:text-ink underline underline-offset-4 decoration-rule" to={paths.verify}>
        {t("Verify a file")}
      </Link>
      <Link className="hover:text-ink underline underline-offset-4 decoration-rule" to={paths.report}>
        {t("Report a video")}
      </Link>
      <Link className="hover:text-ink underline underline-offset-4 decoration-rule" to={paths.consents}>
        {t("Consents")}
      </Link>
      <Link className="hover:text-ink underline underline-offset-4 decoration-rule" to={paths.models}>
        {t("Models")}
      </Link>
      <CreditsLink />
      <LanguageChoice />
      <span>{t("Use only faces and voices that you have permission to use.")}</span>
    </footer>
  );
}

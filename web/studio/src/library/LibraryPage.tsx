import { useCallback, useDeferredValue, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { login } from "../api/login";
import type { LibraryJob } from "../api/types";
import { count } from "../lib/format";
import { paths } from "../lib/paths";
import { usePageTitle } from "../lib/title";
import { session } from "../live/session";
import { Button, buttonClass } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Search } from "./Search";
import { VideoCard } from "./VideoCard";
import { library, more, reload } from "./library";
import { t } from "../i18n";

export function LibraryPage() {
  // Many cards are made in pieces between frames; until they are there, the former ones are shown.
  const { entries, next, found, loaded, trouble } = useDeferredValue(library.use((now) => now));
  const [said, setSaid] = useState("");
  const heading = useRef<HTMLHeadingElement>(null);
  const deleted = useCallback((job: LibraryJob) => {
    setSaid(t("“{title}” was deleted.", { title: job.title }));
    heading.current?.focus();
  }, []);
  usePageTitle(t("Videos"));
  useCurrentList();
  if (!loaded) {
    return trouble ? (
      <Notice title={trouble}>
        <Button onClick={() => void reload()}>{t("Try again")}</Button>
      </Notice>
    ) : (
      <p role="status" className="caption py-16 text-center">
        {t("Loading")}
      </p>
    );
  }
  const videos = entries.filter((job) => job.state === "succeeded");
  const others = entries.filter((job) => job.state !== "succeeded");
  const isEmpty = !entries.length && !found;
  return (
    <div className="space-y-8">
      <div className={isEmpty ? "sr-only" : "space-y-4"}>
        <header className="flex items-baseline justify-between border-b-2 border-ink pb-2">
          <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold tracking-tight">
            {t("Videos")}
          </h1>
          <p className="caption">
            {count(videos.length, "video")}
            {next ? ` ${t("shown")}` : ""}
          </p>
        </header>
        {!isEmpty && <Search />}
        <p role="status" className="min-h-5 text-sm text-soft">
          {said}
        </p>
      </div>
      {trouble && (
        <Notice title={trouble}>
          <Button onClick={() => void reload()}>{t("Try again")}</Button>
        </Notice>
      )}
      {isEmpty ? <Empty /> : !entries.length && <p>{t("No title contains “{found}”.", { found })}</p>}
      {videos.length > 0 && (
        <div role="list" className="space-y-6">
          {inGroups(videos).map((group, at) => (
            <div
              key={at}
              role="none"
              className="grid gap-6 [contain-intrinsic-height:auto_220rem] [content-visibility:auto] sm:grid-cols-2 sm:[contain-intrinsic-height:auto_111rem] lg:grid-cols-3 lg:[contain-intrinsic-height:auto_73rem]"
            >
              {group.map((job) => (
                <div key={job.job_id} role="listitem">
                  <VideoCard job={job} onDeleted={deleted} />
                </div>
              ))}
            </div>
          ))}
        </div>
      )}
      {entries.length > 0 && !next && !found && <Another />}
      {others.length > 0 && <OtherJobs jobs={others} />}
      {next && <More entries={entries} />}
    </div>
  );
}

/** Full rows of one, two and three columns. */
const GROUP = 6;

/** Put videos into groups that are laid out together, and only near the window: one by one, 500 cost twice as much. */
function inGroups(videos: readonly LibraryJob[]): LibraryJob[][] {
  return Array.from({ length: Math.ceil(videos.length / GROUP) }, (_, at) =>
    videos.slice(at * GROUP, (at + 1) * GROUP),
  );
}

const LINKS_MS = 5 * 60_000;

/** Load the list when it may have changed, and before its links to files end. */
function useCurrentList(): void {
  const user = login.use((now) => now.user?.user_id);
  const states = session.use((now) => now.status?.jobs.map((job) => job.job_id + job.state).join(" "));
  useEffect(() => void reload(), [user, states]);
  useEffect(() => {
    const reloadIfVisible = () => document.hidden || void reload();
    const timer = setInterval(reloadIfVisible, LINKS_MS);
    document.addEventListener("visibilitychange", reloadIfVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", reloadIfVisible);
    };
  }, []);
}

/** Show the next page; the focus goes on to the first of its videos as soon as it is there. */
function More({ entries }: { entries: readonly LibraryJob[] }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const [first, setFirst] = useState("");
  useFocusWhenShown(first, entries);
  const act = async () => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      setFirst((await more()) ?? "");
    } catch (problem) {
      setError((problem as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="space-y-2 text-center">
      <Button aria-disabled={busy} onClick={() => void act()}>
        {busy ? t("Loading") : t("Show more")}
      </Button>
      {error && (
        <p role="alert" className="text-sm">
          {error}
        </p>
      )}
    </div>
  );
}

function useFocusWhenShown(job: string, entries: readonly LibraryJob[]): void {
  const isShown = job !== "" && entries.some((one) => one.job_id === job);
  useEffect(() => {
    if (isShown) document.getElementById(`entry-${job}`)?.focus();
  }, [job, isShown]);
}

function Another() {
  return (
    <Link
      to={paths.create}
      className="hatched grid h-full min-h-40 place-items-center border border-dashed border-soft p-6 hover:border-ink"
    >
      <span className="bg-paper px-4 py-2 text-lg">{t("Create another")}</span>
    </Link>
  );
}

const STATES: Record<string, string> = {
  queued: t("queued"),
  running: t("in progress"),
  failed: t("failed"),
  cancelled: t("cancelled"),
};

function OtherJobs({ jobs }: { jobs: LibraryJob[] }) {
  return (
    <section aria-label={t("Not finished")}>
      <h2 className="caption border-b border-rule pb-1">{t("Not finished")}</h2>
      <ul>
        {jobs.map((job) => (
          <li key={job.job_id} className="border-b border-rule">
            <Link
              id={`entry-${job.job_id}`}
              to={paths.video(job.job_id)}
              className="flex min-h-12 items-center justify-between gap-4 hover:bg-sheet"
            >
              <span className="truncate">{job.title}</span>
              <span className="figures shrink-0 text-soft">
                {STATES[job.state]}
                {job.state === "running" ? ` ${Math.floor(job.percent)}%` : ""}
                {job.error ? ` · ${job.error.code}` : ""}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Empty() {
  return (
    <div className="hatched border-t-2 border-ink px-6 py-20 text-center">
      <div className="mx-auto max-w-md bg-sheet px-6 py-8">
        <h2 className="text-xl font-semibold">{t("No videos yet")}</h2>
        <p className="mt-2 mb-6 text-soft">{t("Finished videos appear here until they expire.")}</p>
        <Link to={paths.create} className={buttonClass("primary")}>
          {t("Create a video")}
        </Link>
      </div>
    </div>
  );
}

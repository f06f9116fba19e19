import { Link } from "react-router";
import type { Batch } from "../api/types";
import { count, t } from "../i18n";
import { date } from "../lib/format";
import { paths } from "../lib/paths";
import { usePageTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { ProgressBar } from "../ui/ProgressBar";
import { Waiting } from "../ui/Waiting";
import { NewBatch } from "./NewBatch";
import { sizeOf, useBatches } from "./batches";
import { STATES } from "./names";

/** The batches of the caller: each makes many videos from one project. */
export function BatchesPage() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useBatches();
  usePageTitle(t("Batches"));
  const found = data?.pages.flatMap(({ batches }) => batches) ?? [];
  return (
    <div className="space-y-section">
      <header className="border-b-2 border-ink pb-2">
        <p>
          <Link to={paths.projects} className="text-small underline decoration-rule underline-offset-4">
            {t("Projects")}
          </Link>
        </p>
        <h1 className="text-title font-semibold tracking-tight">{t("Batches")}</h1>
        <p className="mt-1 max-w-[62ch] text-soft">
          {t("Make many videos from the plan of one project: a table says what is different in each.")}
        </p>
      </header>
      <NewBatch />
      {error && (
        <Notice title={error.message}>
          <Button onClick={() => void refetch()}>{t("Try again")}</Button>
        </Notice>
      )}
      {!data && !error && <Waiting />}
      <ul className="grid gap-4 empty:hidden sm:grid-cols-2 lg:grid-cols-3">
        {found.map((batch) => (
          <li key={batch.id}>
            <Card batch={batch} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <p className="text-center">
          <Button aria-disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t("Show more")}
          </Button>
        </p>
      )}
    </div>
  );
}

function Card({ batch }: { batch: Batch }) {
  const { id, name, state, counts, created_at } = batch;
  const all = sizeOf(batch);
  return (
    <Link
      to={paths.batch(id)}
      data-batch={id}
      data-state={state}
      className="group flex h-full flex-col gap-3 border-t-2 border-ink bg-sheet p-4"
    >
      <h2 className="line-clamp-2 font-semibold underline-offset-4 group-hover:underline">{name}</h2>
      <p className="flex flex-wrap justify-between gap-x-3 text-small">
        {STATES[state]}
        <span className="figures text-soft">{count(all, "video")}</span>
      </p>
      {state === "running" && <ProgressBar share={counts.done / all} label={t("Progress of {name}", { name })} thin />}
      <p className="caption mt-auto">{t("Created {date}", { date: date(created_at) })}</p>
    </Link>
  );
}

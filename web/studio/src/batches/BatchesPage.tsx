import { Link } from "react-router";
import type { Batch } from "../api/types";
import { count, t } from "../i18n";
import { date } from "../lib/format";
import { paths } from "../lib/paths";
import { usePageTitle } from "../lib/title";
import { CardPages } from "../ui/CardPages";
import { ProgressBar } from "../ui/ProgressBar";
import { NewBatch } from "./NewBatch";
import { sizeOf, useBatches } from "./batches";
import { STATES } from "./names";

/** The batches of the caller: each makes many videos from one project. */
export function BatchesPage() {
  const pages = useBatches();
  usePageTitle(t("Batches"));
  const found = pages.data?.pages.flatMap(({ batches }) => batches) ?? [];
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
      <CardPages of={pages} items={found} card={(batch) => <Card batch={batch} />} />
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

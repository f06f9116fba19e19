import { Link, useParams } from "react-router";
import { Problem } from "../api/client";
import type { Batch } from "../api/types";
import { count, t } from "../i18n";
import { paths } from "../lib/paths";
import { usePageTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { ProgressBar } from "../ui/ProgressBar";
import { Waiting } from "../ui/Waiting";
import { BatchVideos } from "./BatchVideos";
import { StartPanel } from "./StartPanel";
import { sizeOf, useBatch, useCancel } from "./batches";
import { STATES, VIDEO_STATES } from "./names";

/** A batch: its price to confirm, how far it is, and each of its videos. */
export function BatchPage() {
  const { batch: id = "" } = useParams();
  const { data: batch, error, refetch } = useBatch(id);
  usePageTitle(batch?.name ?? t("Batch"));
  if (!batch) {
    if (!error) return <Waiting />;
    const gone = error instanceof Problem && error.status === 404;
    return (
      <Notice title={gone ? t("This batch does not exist, or it is not yours.") : error.message}>
        {!gone && <Button onClick={() => void refetch()}>{t("Try again")}</Button>}
      </Notice>
    );
  }
  return (
    <div className="space-y-section" data-batch={batch.id} data-state={batch.state}>
      <header className="border-b-2 border-ink pb-2">
        <p>
          <Link to={paths.batches} className="text-small underline decoration-rule underline-offset-4">
            {t("Batches")}
          </Link>
        </p>
        <h1 className="text-title font-semibold tracking-tight wrap-anywhere">{batch.name}</h1>
        <p role="status" className="caption mt-1">
          {STATES[batch.state]} · {count(sizeOf(batch), "video")}
        </p>
      </header>
      {batch.problem && <Notice tone={batch.state === "paused" ? "trouble" : "calm"} title={batch.problem.message} />}
      <StartPanel batch={batch} />
      {batch.state !== "quoted" && <Progress batch={batch} />}
      <BatchVideos videos={batch.videos} />
    </div>
  );
}

/** How many videos are made, and the cancellation of the others. */
function Progress({ batch }: { batch: Batch }) {
  const cancel = useCancel(batch);
  const isOpen = batch.state === "running" || batch.state === "paused";
  const states = (Object.keys(VIDEO_STATES) as (keyof typeof VIDEO_STATES)[]).filter((state) => batch.counts[state]);
  return (
    <Panel title={t("Progress")}>
      <div className="space-y-4">
        <ProgressBar share={batch.counts.done / sizeOf(batch)} label={t("Progress of {name}", { name: batch.name })} />
        <p className="text-small" data-done={batch.counts.done}>
          {states.map((state) => `${batch.counts[state]} ${VIDEO_STATES[state]}`).join(" · ")}
        </p>
        {batch.state === "running" && (
          <p className="text-small text-soft">{t("You can leave this page: the work goes on.")}</p>
        )}
        {cancel.error && <Notice title={cancel.error.message} />}
        {isOpen && (
          <Button aria-disabled={cancel.isPending} onClick={() => !cancel.isPending && cancel.mutate()}>
            {cancel.isPending ? t("Cancelling") : t("Cancel the batch")}
          </Button>
        )}
      </div>
    </Panel>
  );
}

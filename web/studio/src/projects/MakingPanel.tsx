import type { ProjectClip, ProjectStatus } from "../api/types";
import { count, t } from "../i18n";
import { duration } from "../lib/format";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { ProgressBar } from "../ui/ProgressBar";
import { FinishedScenes } from "./FinishedScenes";
import { CLIPS, STATUSES } from "./names";
import { useCancel } from "./projects";

interface MakingProps {
  id: string;
  status: ProjectStatus;
  percents: Record<string, number>;
}

/** A project at work: how far it is, each clip while it is made, and its cancellation. */
export function MakingPanel({ id, status, percents }: MakingProps) {
  const cancel = useCancel(id);
  const left = status.estimated_time_remaining;
  const saved = Number(status.saved["clips"] ?? 0);
  return (
    <Panel
      title={STATUSES[status.status] ?? status.status}
      aside={left ? t("{duration} remaining", { duration: duration(left) }) : undefined}
    >
      <div className="space-y-4">
        <ProgressBar share={status.progress} label={t("Progress of the project")} />
        {status.scenes.length > 0 && (
          <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
            {status.scenes.map((clip, index) => (
              <li key={clip.scene_id} data-clip={clip.scene_id} data-state={clip.state}>
                <Clip clip={clip} index={index} percent={percents[clip.job_id ?? ""] ?? 0} />
              </li>
            ))}
          </ul>
        )}
        {status.playlist && (
          <FinishedScenes playlist={status.playlist} finished={status.scenes.filter(({ url }) => url).length} />
        )}
        {saved > 0 && <p className="text-small">{t("{count} reused.", { count: count(saved, "clip") })}</p>}
        <p className="text-small text-soft">{t("You can leave this page: the work goes on.")}</p>
        {cancel.error && <Notice title={cancel.error.message} />}
        <Button aria-disabled={cancel.isPending || cancel.isSuccess} onClick={() => cancel.mutate()}>
          {cancel.isSuccess ? t("Cancelling") : t("Cancel")}
        </Button>
      </div>
    </Panel>
  );
}

function Clip({ clip, index, percent }: { clip: ProjectClip; index: number; percent: number }) {
  const share = clip.state === "made" ? 1 : percent / 100;
  return (
    <article aria-label={t("Scene {number}", { number: index + 1 })} className="border border-rule p-3 text-small">
      <p className="flex justify-between gap-3 font-medium">
        {t("Scene {number}", { number: index + 1 })}
        <span className="font-normal text-soft">{clip.reused ? t("Reused") : (CLIPS[clip.state] ?? clip.state)}</span>
      </p>
      <ProgressBar share={share} label={t("Progress of scene {number}", { number: index + 1 })} thin />
      <p className="mt-1 text-soft wrap-anywhere">{clip.model}</p>
    </article>
  );
}

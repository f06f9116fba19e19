import type { Project, ProjectStatus } from "../api/types";
import { count, t } from "../i18n";
import { formatAmount } from "../lib/format";
import { Button, buttonClass } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { useAnotherTake } from "./projects";
import { useDownload } from "./download";

const FORMATS = { otio: "OpenTimelineIO", fcpxml: "FCPXML", zip: "ZIP" } as const;

/** The finished video: to play, to download, to take to an editor, and to change a scene of. */
export function ResultPanel({ project, status }: { project: Project; status: ProjectStatus }) {
  const video = project.final_video_path ?? undefined;
  const exporting = useDownload(project);
  const saved = status.saved as { clips?: number; dollars?: number };
  return (
    <Panel title={t("Your video")}>
      <div className="grid gap-6 sm:grid-cols-[auto_minmax(0,1fr)]">
        <video
          controls
          playsInline
          preload="metadata"
          src={video}
          aria-label={t("The finished video")}
          className="aspect-9/16 max-h-[70vh] w-full bg-black sm:w-72"
        />
        <div className="space-y-4">
          <div className="flex flex-wrap gap-3">
            <a href={video} download className={buttonClass("primary")}>
              {t("Download")}
            </a>
          </div>
          <section aria-label={t("Export")}>
            <h3 className="font-medium">{t("Export the timeline")}</h3>
            <p className="text-small text-soft">{t("For editors: the plan as a timeline, alone or with the clips.")}</p>
            <div className="mt-2 flex flex-wrap gap-3">
              {Object.entries(FORMATS).map(([format, name]) => (
                <Button key={format} aria-disabled={exporting.isPending} onClick={() => exporting.mutate(format)}>
                  {name}
                </Button>
              ))}
            </div>
            {exporting.error && <Notice title={exporting.error.message} />}
          </section>
          {(saved.clips ?? 0) > 0 && (
            <p className="text-small" data-saved={saved.clips}>
              {t("{count} reused, which saved {price}.", {
                count: count(saved.clips ?? 0, "clip"),
                price: formatAmount(saved.dollars ?? 0, "USD"),
              })}
            </p>
          )}
          <Takes id={project.id} status={status} />
        </div>
      </div>
    </Panel>
  );
}

/** Another take of one scene, as the plan is; all others are reused. */
function Takes({ id, status }: { id: string; status: ProjectStatus }) {
  const again = useAnotherTake(id);
  return (
    <section aria-label={t("Scenes")}>
      <h3 className="font-medium">{t("Make one scene again")}</h3>
      <p className="text-small text-soft">{t("The clips of all other scenes are reused; you pay for one clip.")}</p>
      {again.error && <Notice title={again.error.message} />}
      <ul className="mt-2 flex flex-wrap gap-2">
        {status.scenes.map(({ scene_id }, index) => (
          <li key={scene_id}>
            <Button
              aria-label={t("Make scene {number} again", { number: index + 1 })}
              aria-disabled={again.isPending}
              onClick={() => {
                if (!again.isPending) again.mutate([scene_id]);
              }}
            >
              {index + 1}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

import type { Project, ProjectPlan } from "../api/types";
import { count, t } from "../i18n";
import { clock } from "../lib/format";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { Degradations } from "./Degradations";
import { PlanSettings } from "./PlanSettings";
import { Revisions } from "./Revisions";
import { SceneCard } from "./SceneCard";
import { Problems } from "./Problems";
import { type Degraded, MOST_SCENES, type Plan, withNewScene } from "./plan";
import { usePlanAgain, usePut } from "./projects";

interface PlanProps {
  project: Project;
  report: ProjectPlan;
  editable: boolean;
  /** The scene whose form is open. */
  open: string | null;
  onOpen: (scene: string | null) => void;
}

/** The scenes of a plan, which can be changed one by one; each change is a revision. */
export function PlanPanel({ project, report, editable, open, onOpen }: PlanProps) {
  const put = usePut(project.id);
  const again = usePlanAgain(project.id);
  const plan = report.plan as unknown as Plan;
  const store = (changed: Plan) => put.mutateAsync({ plan: changed, revision: report.revision });
  const act = (changed: Plan) => void store(changed).catch(() => undefined); // its error is shown
  return (
    <Panel
      title={t("Plan")}
      aside={
        <span data-revision={report.revision}>
          {t("Revision {revision}", { revision: report.revision })} · {count(plan.scenes.length, "scene")} ·{" "}
          {clock(report.seconds)}
        </span>
      }
    >
      <div className="space-y-4">
        {plan.title && <p className="text-heading font-medium">{plan.title}</p>}
        <p className="text-small text-soft">{report.why}</p>
        {put.error && <Problems error={put.error} />}
        {again.error && <Notice title={again.error.message} />}
        <ol className="border-t border-rule">
          {plan.scenes.map((scene, index) => (
            <li key={scene.id} data-scene={scene.id} className="border-b border-rule">
              <SceneCard
                plan={plan}
                scene={scene}
                index={index}
                start={report.starts[index] ?? 0}
                editable={editable}
                open={open === scene.id}
                onOpen={(now) => {
                  put.reset(); // what was refused before is about an earlier form
                  onOpen(now ? scene.id : null);
                }}
                onChange={act}
                onSave={store}
              />
            </li>
          ))}
        </ol>
        {editable && (
          <div className="flex flex-wrap gap-3">
            {plan.scenes.length < MOST_SCENES && (
              <Button aria-disabled={put.isPending} onClick={() => act(withNewScene(plan, t("Describe what is seen")))}>
                {t("Add a scene")}
              </Button>
            )}
            <Button
              variant="quiet"
              aria-disabled={again.isPending}
              onClick={() => {
                if (!again.isPending) again.mutate();
              }}
            >
              {again.isPending ? t("Planning") : t("Plan again")}
            </Button>
          </div>
        )}
        <PlanSettings
          key={report.revision}
          plan={plan}
          hasTrack={project.track !== null}
          editable={editable}
          onSave={act}
        />
        <Revisions id={project.id} report={report} editable={editable} />
        <Degradations degraded={report.degraded as unknown as Degraded[]} />
      </div>
    </Panel>
  );
}

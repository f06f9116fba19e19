import type { Project, ProjectStatus } from "../api/types";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Waiting } from "../ui/Waiting";
import { ChatPanel } from "./ChatPanel";
import { ConfirmPanel } from "./ConfirmPanel";
import { PlanPanel } from "./PlanPanel";
import { isBusy, usePlan } from "./projects";

/** The plan, the chat about it, and its confirmation with the price. */
export function PlanSection({ project, status }: { project: Project; status: ProjectStatus }) {
  const { data: report, error, refetch } = usePlan(project.id, true);
  if (error)
    return (
      <Notice title={error.message}>
        <Button onClick={() => void refetch()}>{t("Try again")}</Button>
      </Notice>
    );
  if (!report) return <Waiting />;
  const editable = !isBusy(status.status);
  return (
    <>
      <div className="grid items-start gap-section lg:grid-cols-[minmax(0,1fr)_22rem]">
        <PlanPanel project={project} report={report} editable={editable} />
        <ChatPanel id={project.id} revision={report.revision} editable={editable} />
      </div>
      {editable && <ConfirmPanel id={project.id} report={report} status={status} />}
    </>
  );
}

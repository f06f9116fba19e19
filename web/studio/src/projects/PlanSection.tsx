import { useState } from "react";
import type { Project, ProjectStatus } from "../api/types";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Waiting } from "../ui/Waiting";
import { ChatPanel } from "./ChatPanel";
import { ConfirmPanel } from "./ConfirmPanel";
import { PlanPanel } from "./PlanPanel";
import { StoryboardPanel } from "./StoryboardPanel";
import { isBusy, usePlan } from "./projects";

interface SectionProps {
  project: Project;
  status: ProjectStatus;
  percents: Record<string, number>;
}

/** The plan, the chat about it, its storyboard, and its confirmation with the price. */
export function PlanSection({ project, status, percents }: SectionProps) {
  const { data: report, error, refetch } = usePlan(project.id, true);
  const [scene, setScene] = useState<string | null>(null);
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
        <PlanPanel project={project} report={report} editable={editable} open={scene} onOpen={setScene} />
        <ChatPanel id={project.id} revision={report.revision} editable={editable} />
      </div>
      {editable && status.status !== "completed" && (
        <StoryboardPanel id={project.id} percents={percents} onChangeScene={setScene} />
      )}
      {editable && <ConfirmPanel id={project.id} report={report} status={status} />}
    </>
  );
}

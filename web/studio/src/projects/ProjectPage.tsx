import { useEffect } from "react";
import { useParams } from "react-router";
import { Problem } from "../api/client";
import type { Project, ProjectStatus } from "../api/types";
import { t } from "../i18n";
import { usePageTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Waiting } from "../ui/Waiting";
import { FactsPanel } from "./FactsPanel";
import { MakingPanel } from "./MakingPanel";
import { PlanSection } from "./PlanSection";
import { ProjectHead } from "./ProjectHead";
import { ResultPanel } from "./ResultPanel";
import { SamplePanel } from "./SamplePanel";
import type { Facts } from "./facts";
import { useProgress } from "./events";
import { isBusy, refreshProject, useProject, useStatus } from "./projects";

/** A project from its sample to the finished video; what is next stands first. */
export function ProjectPage() {
  const { project: id = "" } = useParams();
  const project = useProject(id);
  const status = useStatus(id);
  const error = project.error ?? status.error;
  usePageTitle(project.data?.name ?? t("Project"));
  if (!project.data || !status.data) {
    if (!error) return <Waiting />;
    const gone = error instanceof Problem && error.status === 404;
    return (
      <Notice title={gone ? t("This project does not exist, or it is not yours.") : error.message}>
        {!gone && (
          <Button onClick={() => void Promise.all([project.refetch(), status.refetch()])}>{t("Try again")}</Button>
        )}
      </Notice>
    );
  }
  return <Opened key={id} project={project.data} status={status.data} />;
}

function Opened({ project, status }: { project: Project; status: ProjectStatus }) {
  const percents = useProgress(project.id, project.session_id);
  const facts = project.facts as Facts | null;
  const works = isBusy(status.status);
  const isBehind = project.status !== status.status || project.plan_revision !== status.plan_revision;
  useEffect(() => {
    if (isBehind) void refreshProject(project.id);
  }, [isBehind, project.id]);
  return (
    <div className="space-y-section" data-project={project.id} data-state={status.status}>
      <ProjectHead project={project} status={status} />
      {status.error && status.status === "failed" && <Notice title={String(status.error["message"])} />}
      {status.status === "completed" && <ResultPanel project={project} status={status} />}
      {works && <MakingPanel id={project.id} status={status} percents={percents} />}
      {project.plan_revision !== null && <PlanSection project={project} status={status} percents={percents} />}
      <SamplePanel project={project} busy={works} />
      {facts && <FactsPanel facts={facts} />}
    </div>
  );
}

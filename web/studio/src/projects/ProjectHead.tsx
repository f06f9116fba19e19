import { useState } from "react";
import { useNavigate } from "react-router";
import type { Project, ProjectStatus } from "../api/types";
import { t } from "../i18n";
import { Rename } from "../library/Rename";
import { useFocusReturn } from "../library/useFocusReturn";
import { paths } from "../lib/paths";
import { Button } from "../ui/Button";
import { Question } from "../ui/Question";
import { STATUSES } from "./names";
import { deleteProject, renameProject } from "./projects";

const STEPS = [
  { name: t("Sample"), statuses: ["uploading", "analyzing"] },
  { name: t("Plan"), statuses: ["planning"] },
  { name: t("Video"), statuses: ["generating", "processing", "completed", "failed"] },
];

/** The name of a project, which can be changed, where it is, and its deletion. */
export function ProjectHead({ project, status }: { project: Project; status: ProjectStatus }) {
  const at = STEPS.findIndex(({ statuses }) => statuses.includes(status.status));
  const [renaming, setRenaming] = useState(false);
  const button = useFocusReturn(renaming);
  return (
    <header className="space-y-4 border-b-2 border-ink pb-3">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0">
          <h1 className={renaming ? "sr-only" : "text-title font-semibold tracking-tight wrap-anywhere"}>
            {project.name}
          </h1>
          {renaming && (
            <Rename
              title={project.name}
              label={t("Name")}
              save={(name) => renameProject(project.id, name)}
              onDone={() => setRenaming(false)}
            />
          )}
          <p role="status" className="caption mt-1">
            {status.status === "uploading" && project.sample
              ? t("Ready to analyse")
              : (STATUSES[status.status] ?? status.status)}
          </p>
        </div>
        <div className="flex flex-wrap gap-x-3">
          {!renaming && (
            <Button variant="quiet" ref={button} onClick={() => setRenaming(true)}>
              {t("Rename")}
            </Button>
          )}
          <Deletion id={project.id} />
        </div>
      </div>
      <ol aria-label={t("Steps")} className="flex gap-px">
        {STEPS.map(({ name }, step) => (
          <li
            key={name}
            aria-current={step === at ? "step" : undefined}
            className={`flex-1 border-t-4 pt-1 text-small ${step <= at ? "border-primary" : "border-rule text-soft"} ${step === at ? "font-medium" : ""}`}
          >
            {step + 1}. {name}
          </li>
        ))}
      </ol>
    </header>
  );
}

function Deletion({ id }: { id: string }) {
  const [asking, setAsking] = useState(false);
  const navigate = useNavigate();
  return (
    <>
      <Button variant="quiet" onClick={() => setAsking(true)}>
        {t("Delete project")}
      </Button>
      {asking && (
        <Question
          title={t("Delete this project with its files and videos?")}
          keep={t("Keep")}
          answers={[
            {
              label: t("Delete"),
              danger: true,
              act: () => deleteProject(id),
              then: () => void navigate(paths.projects),
            },
          ]}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

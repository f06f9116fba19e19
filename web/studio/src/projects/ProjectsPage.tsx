import { Link } from "react-router";
import type { Project } from "../api/types";
import { count, t } from "../i18n";
import { date } from "../lib/format";
import { paths } from "../lib/paths";
import { usePageTitle } from "../lib/title";
import { CardPages } from "../ui/CardPages";
import { CreateProject } from "./CreateProject";
import { STATUSES } from "./names";
import { isBusy, useProjects } from "./projects";

/** The projects of the caller: each makes a video after a sample. */
export function ProjectsPage() {
  const pages = useProjects();
  usePageTitle(t("Projects"));
  const found = pages.data?.pages.flatMap(({ projects }) => projects) ?? [];
  return (
    <div className="space-y-section">
      <header className="flex flex-wrap items-end justify-between gap-4 border-b-2 border-ink pb-2">
        <div>
          <h1 className="text-title font-semibold tracking-tight">{t("Projects")}</h1>
          <p className="mt-1 max-w-[62ch] text-soft">
            {t("Upload a short video that you like, change the plan made from it, and get a 9:16 video of your own.")}
          </p>
          <p className="mt-1">
            <Link to={paths.batches} className="text-small underline decoration-rule underline-offset-4">
              {t("Make many videos from one project")}
            </Link>
          </p>
        </div>
        {found.length > 0 && <p className="caption">{count(found.length, "project")}</p>}
      </header>
      <CreateProject first={pages.data !== undefined && !found.length} />
      <CardPages of={pages} items={found} card={(project) => <Card project={project} />} />
    </div>
  );
}

function Card({ project }: { project: Project }) {
  const { id, name, status, progress_percent, changed_at } = project;
  const mark = status === "failed" ? "bg-danger" : status === "completed" ? "bg-success" : "bg-soft";
  return (
    <Link
      to={paths.project(id)}
      data-project={id}
      data-state={status}
      className="group flex h-full flex-col gap-3 border-t-2 border-ink bg-sheet p-4"
    >
      <h2 className="line-clamp-2 font-semibold underline-offset-4 group-hover:underline">{name}</h2>
      <p className="flex items-center gap-2 text-small">
        <span aria-hidden className={`size-2 rounded-full ${isBusy(status) ? "bg-recording animate-pulse" : mark}`} />
        {STATUSES[status] ?? status}
        {isBusy(status) && <span className="figures text-soft">{Math.floor(progress_percent)}%</span>}
      </p>
      <p className="caption mt-auto">{t("Changed {date}", { date: date(changed_at) })}</p>
    </Link>
  );
}

import { Link } from "react-router";
import type { BatchVideo } from "../api/types";
import { t } from "../i18n";
import { paths } from "../lib/paths";
import { Panel } from "../ui/Panel";
import { VIDEO_STATES } from "./names";

/** Each video of a batch: what is different in it, how far it is, and where to find it. */
export function BatchVideos({ videos }: { videos: readonly BatchVideo[] }) {
  return (
    <Panel title={t("Videos")}>
      <ul>
        {videos.map((video) => (
          <li
            key={video.row}
            data-video={video.state}
            className="flex flex-wrap items-baseline justify-between gap-x-4 border-b border-rule py-2 [contain-intrinsic-size:auto_4rem] [content-visibility:auto]"
          >
            <Row video={video} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Row({ video: { name, values, state, project_id, error, url } }: { video: BatchVideo }) {
  const facts = Object.entries(values).filter(([place]) => place !== "name");
  return (
    <>
      <div className="min-w-0 flex-1">
        <p className="font-medium wrap-anywhere">{name}</p>
        {facts.length > 0 && (
          <p className="text-small text-soft wrap-anywhere">
            {facts.map(([place, value]) => `${place}: ${value}`).join(" · ")}
          </p>
        )}
        {error && <p className="text-small text-danger">{error.message}</p>}
      </div>
      <p className="flex flex-wrap items-center gap-x-4 text-small">
        <span className={state === "failed" ? "text-danger" : "text-soft"}>{VIDEO_STATES[state]}</span>
        {url && (
          <a
            href={url}
            download
            aria-label={t("Download {name}", { name })}
            className="inline-flex min-h-11 items-center underline decoration-rule underline-offset-4"
          >
            {t("Download")}
          </a>
        )}
        {project_id && (
          <Link
            to={paths.project(project_id)}
            aria-label={t("Open the project {name}", { name })}
            className="inline-flex min-h-11 items-center underline decoration-rule underline-offset-4"
          >
            {t("Project")}
          </Link>
        )}
      </p>
    </>
  );
}

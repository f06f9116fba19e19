import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { Problem, get } from "../api/client";
import { login } from "../api/login";
import type { LibraryJob, LibraryJobs } from "../api/types";
import { t } from "../i18n";
import { find } from "../job/files";
import { day } from "../lib/format";
import { paths } from "../lib/paths";
import { session } from "../live/session";

const SHOWN = 4;

/** The newest videos of the caller; nothing before the first one. */
export function RecentVideos() {
  const user = login.use((now) => now.user?.user_id ?? "");
  const ended = session.use((now) => now.status?.counts.succeeded ?? 0);
  const { data: jobs = [] } = useQuery({ queryKey: ["recent-videos", user, ended], queryFn: recentVideos });
  if (!jobs.length) return null;
  return (
    <section aria-labelledby="recent">
      <header className="mb-group flex items-baseline justify-between gap-4">
        <h2 id="recent" className="text-heading font-semibold">
          {t("Your recent videos")}
        </h2>
        <Link to={paths.videos} className="underline decoration-rule underline-offset-4 hover:decoration-ink">
          {t("All videos")}
        </Link>
      </header>
      <ul className="grid grid-cols-2 gap-4 lg:grid-cols-4">
        {jobs.map((job) => (
          <li key={job.job_id}>
            <Recent job={job} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Recent({ job }: { job: LibraryJob }) {
  const poster = find(job.outputs, `${job.job_id}-poster.jpg`)?.signed_url;
  return (
    <Link to={paths.video(job.job_id)} className="group block border-t-2 border-ink bg-sheet">
      <span className="block aspect-square overflow-hidden bg-black">
        {poster && (
          <img
            src={poster}
            alt=""
            loading="lazy"
            className="size-full object-cover object-top transition-transform duration-300 group-hover:scale-[1.02]"
          />
        )}
      </span>
      <span className="block px-3 py-2">
        <span className="line-clamp-1 font-medium group-hover:underline underline-offset-4">{job.title}</span>
        <span className="figures text-small text-soft">{day(job.created_at)}</span>
      </span>
    </Link>
  );
}

async function recentVideos(): Promise<LibraryJob[]> {
  try {
    return (await get<LibraryJobs>(`/api/jobs?state=succeeded&limit=${SHOWN}`)).jobs;
  } catch (problem) {
    // A browser that has made nothing yet has no videos.
    if (problem instanceof Problem && problem.code === "SESSION_REQUIRED") return [];
    throw problem;
  }
}

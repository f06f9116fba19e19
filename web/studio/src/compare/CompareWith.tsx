import { t } from "../i18n";
import { day, time } from "../lib/format";
import { go } from "../lib/navigate";
import { paths } from "../lib/paths";
import { useOtherTakes } from "./takes";

/** Open a video beside another one, such as an earlier version of it. */
export function CompareWith({ jobId, title }: { jobId: string; title: string }) {
  const { data: others = [] } = useOtherTakes(jobId, title);
  if (!others.length) return null;
  return (
    <label className="flex flex-wrap items-center gap-x-3 text-sm">
      <span className="text-soft">{t("Compare with")}</span>
      <select
        value=""
        onChange={(event) => go(paths.compare(jobId, event.target.value))}
        className="min-h-11 max-w-72 rounded-[3px] border border-ink/70 bg-sheet px-2"
      >
        <option value="" disabled>
          {t("another video")}
        </option>
        {others.map((job) => (
          <option key={job.job_id} value={job.job_id}>
            {job.title.slice(0, 40)} ({day(job.created_at)}, {time(job.created_at)})
          </option>
        ))}
      </select>
    </label>
  );
}

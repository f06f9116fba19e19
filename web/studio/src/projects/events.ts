import { useEffect, useState } from "react";
import type { LiveEvent } from "../api/types";
import { follow } from "../live/connection";
import { refreshProject } from "./projects";

/** The events after which the project has another status, or a scene another clip. */
const CHANGES = /^(processing_started|pipeline_|stage_completed)/;
const SOON_MS = 300;

/** Follow the events of a project; return the progress of its jobs, by job. */
export function useProgress(id: string, sessionId: string | undefined): Record<string, number> {
  const [percents, setPercents] = useState<Record<string, number>>({});
  useEffect(() => {
    if (!sessionId) return undefined;
    let soon: ReturnType<typeof setTimeout> | undefined;
    const end = follow(sessionId, ({ job_id, event_type, progress_percent }: LiveEvent) => {
      if (job_id) setPercents((now) => ({ ...now, [job_id]: Math.max(now[job_id] ?? 0, progress_percent) }));
      if (CHANGES.test(event_type)) soon ??= setTimeout(() => ((soon = undefined), void refreshProject(id)), SOON_MS);
    });
    return () => {
      clearTimeout(soon);
      end();
    };
  }, [id, sessionId]);
  return percents;
}

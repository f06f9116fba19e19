import { useEffect } from "react";
import type { Job } from "../job/view";

const ENDS: Record<string, string> = { succeeded: "Ready", failed: "Failed", cancelled: "Cancelled" };

/** Show the progress of a job in the title of the tab. */
export function useTitle(job: Job | null): void {
  const shown = job && (ENDS[job.state] ?? (job.state === "queued" ? "Queued" : `${Math.floor(job.percent)}%`));
  useEffect(() => {
    const title = document.title;
    return () => void (document.title = title);
  }, []);
  useEffect(() => {
    if (shown) document.title = `${shown} · Callsheet`;
  }, [shown]);
}

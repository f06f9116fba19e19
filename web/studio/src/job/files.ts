import type { FileReport } from "../api/types";
import { session } from "../live/session";
import { jobs } from "./store";
import type { Job } from "./view";

/** Return the URL of a file of a job, by step and part; null until it exists. */
export function useFile(job: Job, name: string): string | null {
  const ofSession = session.use((now) => now.id === job.sessionId);
  return jobs.use((now) => {
    const file = find(now.files, `${job.id}-${name}`);
    return (ofSession ? file?.url : file?.signed_url) ?? null;
  });
}

export function find(files: FileReport[], filename: string): FileReport | undefined {
  return files.find((file) => file.filename === filename);
}

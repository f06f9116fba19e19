import type { FileReport } from "../api/types";
import { jobs } from "./store";
import type { Job } from "./view";

/** Return the URL of a file of a job, by step and part; null until it exists. */
export function useFile(job: Job, name: string): string | null {
  return jobs.use((now) => find(now.files, `${job.id}-${name}`)?.url ?? null);
}

export function find(files: FileReport[], filename: string): FileReport | undefined {
  return files.find((file) => file.filename === filename);
}

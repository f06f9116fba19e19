import type { FileReport } from "../api/types";
import { jobs } from "./store";
import type { Job } from "./view";

/** A file of a job by the step and the part that it came from: its address, once it is there. */
export function useFile(job: Job, name: string): string | null {
  return jobs.use((now) => find(now.files, `${job.id}-${name}`)?.url ?? null);
}

export function find(files: FileReport[], filename: string): FileReport | undefined {
  return files.find((file) => file.filename === filename);
}

import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import type { FileReport, JobReport, LibraryJob, LibraryJobs } from "../api/types";
import { find } from "../job/files";

export interface TakeScene {
  text: string;
  speech: string;
  video: string;
}

/** A version of a video, with the parts of each scene. */
export interface Take {
  id: string;
  title: string;
  made: string;
  video: string;
  poster: string;
  scenes: TakeScene[];
  options: Record<string, unknown>;
}

interface Screenplay {
  scenes: { text: string }[];
}

export function useTake(id: string) {
  return useQuery({ queryKey: ["take", id], queryFn: () => load(id), enabled: id !== "", staleTime: 60_000 });
}

async function load(id: string): Promise<Take> {
  const report = await get<JobReport>(`/api/jobs/${id}`);
  const { outputs } = await get<{ outputs: FileReport[] }>(report.links.outputs);
  const link = (name: string) => find(outputs, `${id}-${name}`)?.signed_url ?? "";
  const written = link("script-screenplay.json");
  const play = written ? await get<Screenplay>(written) : { scenes: [] };
  return {
    id,
    title: report.title,
    made: report.created_at,
    video: link("final.mp4"),
    poster: link("poster.jpg"),
    scenes: play.scenes.map(({ text }, at) => ({
      text,
      speech: link(`voice.${at}-speech.wav`),
      video: link(`enhance.${at}-video.mp4`) || link(`animate.${at}-video.mp4`),
    })),
    options: report.options as Record<string, unknown>,
  };
}

/** The finished videos that a video may be compared with; those of the same title come first. */
export function useOtherTakes(id: string, title: string) {
  return useQuery({
    queryKey: ["other-takes", id],
    queryFn: async () => {
      const { jobs } = await get<LibraryJobs>("/api/jobs?state=succeeded&limit=50");
      return jobs.filter((job) => job.job_id !== id);
    },
    select: (jobs: LibraryJob[]) => [...jobs].sort((one, other) => alike(other, title) - alike(one, title)),
  });
}

const alike = (job: LibraryJob, title: string): number => Number(job.title.slice(0, 24) === title.slice(0, 24));

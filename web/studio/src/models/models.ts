import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import type { VideoModel } from "../api/types";
import { t } from "../i18n";

export const STATES: Record<string, string> = {
  announced: t("announced"),
  released: t("released"),
  deprecated: t("ends soon"),
  closed: t("closed"),
};

export const RATIOS = Object.fromEntries(["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"].map((ratio) => [ratio, ratio]));

/** The clip that models are compared for. */
export interface Clip {
  duration: number;
  ratio: string;
  draft: boolean;
  first_frame: boolean;
  last_frame: boolean;
  speech: boolean;
}

export const FIRST: Clip = {
  duration: 5,
  ratio: "9:16",
  draft: false,
  first_frame: false,
  last_frame: false,
  speech: false,
};

/** The models with their records and whether they can make a clip; those that can be used for it come first. */
export function useModels(clip: Clip) {
  return useQuery({
    queryKey: ["models", clip],
    queryFn: () => compared(clip),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

async function compared(clip: Clip): Promise<VideoModel[]> {
  const query = new URLSearchParams({ compare: "true" });
  for (const [name, value] of Object.entries(clip)) query.set(name, String(value));
  const { models } = await get<{ models: VideoModel[] }>(`/api/models?${query}`);
  const rank = ({ available, fit }: VideoModel) => Number(available) + Number(fit?.fits ?? false);
  return models.sort((one, other) => rank(other) - rank(one) || one.title.localeCompare(other.title));
}

import { useQuery } from "@tanstack/react-query";
import { get, post } from "../api/client";
import { queryClient } from "../api/queries";
import type { Draft, Storyboard } from "../api/types";
import { POLL_MS, partKey, path, useChange } from "./projects";

/** The draft of each scene; asked again while one is made, beside its events. */
export const useStoryboard = (id: string) =>
  useQuery({
    queryKey: partKey(id, "storyboard"),
    queryFn: () => get<Storyboard>(`${path(id)}/storyboard`),
    refetchInterval: ({ state }) => (state.data?.panels.some((draft) => draft.state === "making") ? POLL_MS : false),
  });

export const isMade = ({ state }: Draft): boolean => state === "made" || state === "own";

/** Return whether any scene has had a draft. */
export const isBegun = ({ panels }: Storyboard): boolean =>
  panels.some(({ state, outdated }) => state !== "missing" || outdated);

async function shown(id: string, asked: Promise<Storyboard>): Promise<void> {
  queryClient.setQueryData(partKey(id, "storyboard"), await asked);
}

/** Make the drafts that are missing; those of unchanged scenes are kept. */
export const useDrafts = (id: string) => useChange(id, () => shown(id, post<Storyboard>(`${path(id)}/storyboard`, {})));

/** Approve the drafts of these scenes, or of all, or take that back. */
export const useApproval = (id: string) =>
  useChange(id, ({ scenes, approved }: { scenes: string[]; approved: boolean }) =>
    shown(id, post<Storyboard>(`${path(id)}/storyboard/approve`, { scenes, approved })),
  );

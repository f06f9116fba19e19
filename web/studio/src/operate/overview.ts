import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Problem, get, post } from "../api/client";
import { queryClient } from "../api/queries";
import type { OperateOverview, Worker } from "../api/types";

const OVERVIEW = "overview";
const REFRESH_MS = 5000;

/** Everything on the page for operators, loaded every few seconds with one request. */
export const useOverview = (hours: string, enabled: boolean) =>
  useQuery({
    queryKey: [OVERVIEW, hours],
    queryFn: () => get<OperateOverview>(`/operate/overview?hours=${hours}`),
    select: arranged,
    enabled,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (isRefused(state.error) ? false : REFRESH_MS),
  });

/** Return whether the answer is that this browser is not signed in as an operator. */
export const isRefused = (problem: Error | null): boolean =>
  problem instanceof Problem && problem.code === "OPERATORS_ONLY";

function arranged({ workers, dead_letters, ...others }: OperateOverview) {
  return {
    ...others,
    workers: ([...workers] as Worker[]).sort((a, b) => a.name.localeCompare(b.name)), // so that rows keep their places
    letters: dead_letters.dead_letters.filter((one) => one.state !== "resolved"),
    olderLetters: dead_letters.next_cursor,
  };
}

/** Load the page's contents again after a change. */
export const refresh = (): Promise<void> => queryClient.invalidateQueries({ queryKey: [OVERVIEW] });

/** Exchange the token, or the code of a link, for a cookie that no script can read. */
export async function signIn(credential: { token: string } | { link: string }): Promise<void> {
  await post("/operate/sign-in", credential);
  await refresh();
}

/** Sign out, and leave nothing of the page's contents in memory. */
export async function signOut(): Promise<void> {
  await post("/operate/sign-out", {});
  await queryClient.resetQueries({ queryKey: [OVERVIEW] });
}

/** Return the code in the URL and remove it: it works once, and must not stay in the history. */
export function takeLink(): string {
  const code = /^#link=([\w-]+)$/.exec(location.hash)?.[1] ?? "";
  if (code) history.replaceState(null, "", location.pathname);
  return code;
}

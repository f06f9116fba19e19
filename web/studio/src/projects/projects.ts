import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { Problem, get, patch, post, remove, send } from "../api/client";
import { login } from "../api/login";
import { queryClient } from "../api/queries";
import type { Project, ProjectChatAnswer, ProjectMessage, ProjectPlan, ProjectStatus, Projects } from "../api/types";
import { ensureSession } from "../live/session";
import type { Plan } from "./plan";

const PROJECTS = "projects";
const LIST = "list";
const PAGE = 24;
/** The tick of a progress between events, and in case that none arrive. */
export const POLL_MS = 3_000;
const BUSY = new Set(["analyzing", "generating", "processing"]);

export const isBusy = (status: string): boolean => BUSY.has(status);

/** The projects of the caller, newest first, page by page. */
export function useProjects() {
  const user = login.use((now) => now.user?.user_id ?? "");
  return useInfiniteQuery({
    queryKey: [PROJECTS, LIST, user],
    queryFn: ({ pageParam }) => projects(pageParam),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.projects.some(({ status }) => isBusy(status))) ? 2 * POLL_MS : false,
  });
}

async function projects(cursor: string): Promise<Projects> {
  try {
    return await get<Projects>(`/api/projects?limit=${PAGE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
  } catch (problem) {
    // A browser that has made nothing yet has no projects.
    if (problem instanceof Problem && problem.code === "SESSION_REQUIRED") return { projects: [], next_cursor: null };
    throw problem;
  }
}

export interface NewProject {
  name: string;
  max_seconds: number;
  language: string;
}

export async function createProject(wanted: NewProject): Promise<Project> {
  await ensureSession();
  const created = await post<Project>("/api/projects", wanted);
  queryClient.setQueryData([PROJECTS, created.id], created);
  void queryClient.invalidateQueries({ queryKey: [PROJECTS, LIST] });
  return created;
}

export async function renameProject(id: string, name: string): Promise<void> {
  changed(await patch<Project>(path(id), { name }));
}

export async function deleteProject(id: string): Promise<void> {
  await remove(path(id)).catch((problem: unknown) => {
    if (!(problem instanceof Problem) || problem.status !== 404) throw problem;
  });
  queryClient.removeQueries({ queryKey: [PROJECTS, id] });
  void queryClient.invalidateQueries({ queryKey: [PROJECTS, LIST] });
}

export const useProject = (id: string) => useQuery({ queryKey: [PROJECTS, id], queryFn: () => get<Project>(path(id)) });

/** Where a project is; asked again while it works, beside its events. */
export const useStatus = (id: string) =>
  useQuery({
    queryKey: partKey(id, "status"),
    queryFn: () => get<ProjectStatus>(`${path(id)}/status`),
    refetchInterval: ({ state }) => (state.data && isBusy(state.data.status) ? POLL_MS : false),
  });

/** The latest revision of the plan, with its price. */
export const usePlan = (id: string, has: boolean) =>
  useQuery({ queryKey: partKey(id, "plan"), queryFn: () => get<ProjectPlan>(`${path(id)}/plan`), enabled: has });

export const useChat = (id: string) =>
  useQuery({
    queryKey: partKey(id, "chat"),
    queryFn: async () => (await get<{ messages: ProjectMessage[] }>(`${path(id)}/chat`)).messages,
  });

/** Load everything of a project again, after something that changes it. */
export async function refreshProject(id: string): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: [PROJECTS, id] });
}

/** Show an answer that has the whole project. */
export function changed(project: Project): void {
  queryClient.setQueryData([PROJECTS, project.id], project);
  void queryClient.invalidateQueries({ queryKey: partKey(project.id, "status") });
  void queryClient.invalidateQueries({ queryKey: [PROJECTS, LIST] });
}

/** A change of a project by a press of a button: what it sends, and everything loaded again afterwards. */
export function useChange<Sent = void, Answer = unknown>(id: string, act: (sent: Sent) => Promise<Answer>) {
  return useMutation<Answer, Error, Sent>({ mutationFn: act, onSettled: () => refreshProject(id) });
}

export const useAnalysis = (id: string) => useChange(id, () => post(`${path(id)}/analyze`, {}));

export const useCancel = (id: string) => useChange(id, () => post(`${path(id)}/cancel`, {}));

/** Show the plan of an answer at once, with the price that belongs to it. */
async function shown(id: string, asked: Promise<ProjectPlan>): Promise<void> {
  queryClient.setQueryData(partKey(id, "plan"), await asked);
}

export const usePlanAgain = (id: string) =>
  useChange(id, () => shown(id, post<ProjectPlan>(`${path(id)}/plan/regenerate`, {})));

export const useRestore = (id: string) =>
  useChange(id, (revision: number) => shown(id, post<ProjectPlan>(`${path(id)}/plan/restore`, { revision })));

/** Store a changed plan; refused if another change came first. */
export const usePut = (id: string) =>
  useChange(id, ({ plan, revision }: { plan: Plan; revision: number }) =>
    shown(id, send<ProjectPlan>("PUT", `${path(id)}/plan`, { plan }, { "If-Match": `"${revision}"` })),
  );

/** Say what to change; refused if the plan has changed since it was shown. */
export const useMessage = (id: string) =>
  useChange(id, ({ message, revision }: { message: string; revision: number }) =>
    post<ProjectChatAnswer>(`${path(id)}/chat`, { message, plan_revision: revision }),
  );

interface Confirmation {
  revision: number;
  quote: string | undefined;
  /** Whether a scene without an approved draft is refused. */
  storyboard: boolean;
}

/** Confirm the revision and the price that are shown, and make the video. */
export const useGeneration = (id: string) =>
  useChange(id, ({ revision, quote, storyboard }: Confirmation) =>
    post(`${path(id)}/generate`, { plan_revision: revision, storyboard, ...(quote && { quote_id: quote }) }),
  );

/** Make the clips of these scenes again, as the plan is. */
export const useAnotherTake = (id: string) =>
  useChange(id, (scenes: string[]) => post(`${path(id)}/regenerate`, { scenes }));

export const partKey = (id: string, part: string): string[] => [PROJECTS, id, part];

export const path = (id: string): string => `/api/projects/${encodeURIComponent(id)}`;

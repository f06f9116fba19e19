import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { Problem, get, post } from "../api/client";
import { login } from "../api/login";
import { queryClient } from "../api/queries";
import type { Batch, Batches } from "../api/types";
import type { Manifest } from "./manifest";

const BATCHES = "batches";
const LIST = "list";
const PAGE = 24;
const POLL_MS = 3_000;

/** The batches of the caller, newest first, page by page; asked again while one is made. */
export function useBatches() {
  const user = login.use((now) => now.user?.user_id ?? "");
  return useInfiniteQuery({
    queryKey: [BATCHES, LIST, user],
    queryFn: ({ pageParam }) => batches(pageParam),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.batches.some((batch) => batch.state === "running")) ? 2 * POLL_MS : false,
  });
}

async function batches(cursor: string): Promise<Batches> {
  try {
    return await get<Batches>(`/api/batches?limit=${PAGE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
  } catch (problem) {
    // A browser that has made nothing yet has no batches.
    if (problem instanceof Problem && problem.code === "SESSION_REQUIRED") return { batches: [], next_cursor: null };
    throw problem;
  }
}

/** A batch with its videos; asked again while any of them is made. */
export const useBatch = (id: string) =>
  useQuery({
    queryKey: [BATCHES, id],
    queryFn: () => get<Batch>(path(id)),
    refetchInterval: ({ state }) => (state.data && isAtWork(state.data) ? POLL_MS : false),
  });

/** Return whether videos of a batch are made, or are being cancelled. */
const isAtWork = ({ state, counts }: Batch): boolean => state === "running" || counts.running > 0;

/** Return how many videos a batch has. */
export function sizeOf({ counts }: Batch): number {
  return Object.values(counts).reduce((sum, number) => sum + number, 0);
}

export interface NewBatch {
  template: string;
  name: string;
  manifest: Manifest;
}

/** Create a batch to see its price; the same key creates no second one. */
export const useCreation = (onCreated: (batch: Batch) => void) =>
  useMutation({
    mutationFn: ({ template, name, manifest: { key, content } }: NewBatch) =>
      post<Batch>("/api/batches", { template, name, ...content }, { "Idempotency-Key": `${template}-${key}` }),
    onSuccess(batch) {
      show(batch);
      onCreated(batch);
    },
  });

/** Confirm the price that is shown, resume a paused batch, or try failed videos again. */
export const useStart = ({ id, quote_id }: Batch) =>
  useMutation({
    mutationFn: (most: number | undefined) =>
      post<Batch>(`${path(id)}/start`, { quote_id, ...(most !== undefined && { max_credits: most }) }),
    onSuccess: show,
  });

export const useCancel = ({ id }: Batch) =>
  useMutation({ mutationFn: () => post<Batch>(`${path(id)}/cancel`, {}), onSuccess: show });

function show(batch: Batch): void {
  queryClient.setQueryData([BATCHES, batch.id], batch);
  void queryClient.invalidateQueries({ queryKey: [BATCHES, LIST] });
}

const path = (id: string): string => `/api/batches/${encodeURIComponent(id)}`;

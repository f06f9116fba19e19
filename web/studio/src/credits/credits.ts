import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { get, post, remove, send } from "../api/client";
import { queryClient } from "../api/queries";
import type { Budget, CreditBalance, CreditTransactions, PlansOnSale } from "../api/types";

const CREDITS = "credits";

export const useBalance = () =>
  useQuery({ queryKey: [CREDITS, "balance"], queryFn: () => get<CreditBalance>("/api/credits") });

export const useOffers = () =>
  useQuery({ queryKey: ["plans"], queryFn: () => get<PlansOnSale>("/api/plans"), staleTime: 60_000 });

/** What moved the credits, newest first, page by page. */
export function useTransactions() {
  return useInfiniteQuery({
    queryKey: [CREDITS, "transactions"],
    queryFn: ({ pageParam }) =>
      get<CreditTransactions>(
        `/api/credits/transactions?limit=20${pageParam && `&cursor=${encodeURIComponent(pageParam)}`}`,
      ),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
}

export const useBudgets = () =>
  useQuery({
    queryKey: [CREDITS, "budgets"],
    queryFn: async () => (await get<{ budgets: Budget[] }>("/api/budgets")).budgets,
  });

const changed = () => queryClient.invalidateQueries({ queryKey: [CREDITS] });

export const useRemoval = (id: string) =>
  useMutation({ mutationFn: () => remove(`/api/budgets/${id}`), onSuccess: changed });

export async function setBudget(period: "day" | "month", credits: number): Promise<void> {
  await send("PUT", "/api/budgets", { period, credits });
  await changed();
}

/** Open the page on which a pack or a plan is paid for. */
export async function buy(item: string): Promise<void> {
  const { url } = await post<{ url: string }>("/api/billing/checkout", { item });
  location.assign(url);
}

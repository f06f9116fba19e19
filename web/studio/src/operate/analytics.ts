import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import type { Analytics, AnalyticsDay } from "../api/types";

const REFRESH_MS = 60_000;

/** The figures of the last days, which the server computes every minute. */
export const useAnalytics = (days: number) =>
  useQuery({
    queryKey: ["analytics", days],
    queryFn: () => get<Analytics>(`/analytics?days=${days}`),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });

/** A plot: a value of each day; null where nothing was measured. */
export interface Series {
  title: string;
  read: (day: AnalyticsDay) => number | null | undefined;
  show: (value: number) => string;
  /** The top of the plot, where it is known. */
  most?: number;
}

export { percent } from "../lib/format";

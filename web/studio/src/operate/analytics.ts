import { Problem, get } from "../api/client";
import type { Analytics, AnalyticsDay } from "../api/types";
import { createStore } from "../lib/store";

/** The figures of the last days, which the server computes every minute. */
export const analytics = createStore<{ found: Analytics | null; days: number; trouble: string }>({
  found: null,
  days: 30,
  trouble: "",
});

export async function loadAnalytics(days = analytics.get().days): Promise<void> {
  analytics.set({ days });
  try {
    analytics.set({ found: await get<Analytics>(`/analytics?days=${days}`), trouble: "" });
  } catch (problem) {
    analytics.set({ trouble: problem instanceof Problem ? problem.message : String(problem) });
  }
}

/** A plot: a value of each day; null where nothing was measured. */
export interface Series {
  title: string;
  read: (day: AnalyticsDay) => number | null | undefined;
  show: (value: number) => string;
  /** The top of the plot, where it is known. */
  most?: number;
}

export { percent } from "../lib/format";

import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./http";

const TRIES = 3;

/** The state of the server that pages show. Busy answers (429) are repeated in `client.ts`, for changes of pages too. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, problem) =>
        failures < TRIES && problem instanceof Problem && (problem.offline || problem.status >= 500),
      retryDelay: (failures) => Math.min(1000 * 2 ** failures, 8_000),
      networkMode: "always", // a server on this machine answers without a network
    },
    mutations: { networkMode: "always" },
  },
});

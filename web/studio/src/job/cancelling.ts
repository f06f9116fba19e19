import { useMutation } from "@tanstack/react-query";
import { Problem } from "../api/client";
import { queryClient } from "../api/queries";
import { cancel } from "./store";
import { t } from "../i18n";

const AGAIN_MS = 2_000;
const isOffline = (problem: unknown): boolean => problem instanceof Problem && problem.offline;

/** Cancel a job; without a connection, the request waits for one, also while another page is shown. */
export function useCancel(jobId: string) {
  const { mutate, isPending, isSuccess, failureReason, error } = useMutation(
    {
      mutationFn: () => cancel(jobId),
      retry: (_, problem) => isOffline(problem),
      retryDelay: AGAIN_MS,
    },
    queryClient,
  );
  const waits = isPending && isOffline(failureReason);
  return { cancel: () => mutate(), requested: isPending || isSuccess, said: waits ? WAITS : (error?.message ?? "") };
}

const WAITS = t("There is no connection. The video is cancelled as soon as the server answers.");

import type { ReactNode } from "react";
import { t } from "../i18n";
import { Button } from "./Button";
import { Notice } from "./Notice";

interface LoadedProps<Data> {
  /** A query of TanStack Query. */
  of: { data: Data | undefined; error: Error | null; refetch: () => Promise<unknown> };
  children: (data: Data) => ReactNode;
}

/** What a query has found; until then that it is loading, or why it failed, with another try. */
export function Loaded<Data>({ of: { data, error, refetch }, children }: LoadedProps<Data>) {
  return (
    <>
      {error && (
        <Notice title={error.message}>
          <Button onClick={() => void refetch()}>{t("Try again")}</Button>
        </Notice>
      )}
      {data === undefined
        ? !error && (
            <p role="status" className="caption">
              {t("Loading")}
            </p>
          )
        : children(data)}
    </>
  );
}

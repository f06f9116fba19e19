import type { ReactNode } from "react";
import { t } from "../i18n";
import { Button } from "./Button";
import { Notice } from "./Notice";
import { Waiting } from "./Waiting";

interface Pages {
  data: unknown;
  error: Error | null;
  refetch: () => unknown;
  hasNextPage: boolean;
  fetchNextPage: () => unknown;
  isFetchingNextPage: boolean;
}

/** A list that comes in pages, as cards; with what went wrong, and the way to more of them. */
export function CardPages<Item extends { id: string }>({
  of: pages,
  items,
  card,
}: {
  of: Pages;
  items: Item[];
  card: (item: Item) => ReactNode;
}) {
  return (
    <>
      {pages.error && (
        <Notice title={pages.error.message}>
          <Button onClick={() => void pages.refetch()}>{t("Try again")}</Button>
        </Notice>
      )}
      {!pages.data && !pages.error && <Waiting />}
      <ul className="grid gap-4 empty:hidden sm:grid-cols-2 lg:grid-cols-3">
        {items.map((item) => (
          <li key={item.id}>{card(item)}</li>
        ))}
      </ul>
      {pages.hasNextPage && (
        <p className="text-center">
          <Button aria-disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {t("Show more")}
          </Button>
        </p>
      )}
    </>
  );
}

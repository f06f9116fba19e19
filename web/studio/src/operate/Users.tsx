import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { get, patch, post } from "../api/client";
import { queryClient } from "../api/queries";
import type { ManagedUser } from "../api/types";
import { date } from "../lib/format";
import { useSettled } from "../lib/settled";
import { Button } from "../ui/Button";
import { capabilities } from "../make/capabilities";
import { UserCredits } from "./UserCredits";
import { ActionButton } from "./ActionButton";
import { t } from "../i18n";

interface Page {
  users: ManagedUser[];
  next_cursor: string | null;
}

const ROLES = { user: t("user"), operator: t("operator"), admin: t("admin") };
const PLANS = { free: t("free"), premium: t("premium") };
const PAUSE_MS = 250;
const USERS = "users";

/** The accounts: found by the beginning of their address; role, plan and suspension. */
export function Users() {
  const id = useId();
  const [words, setWords] = useState("");
  const asked = useSettled(words, PAUSE_MS);
  const found = useInfiniteQuery({
    queryKey: [USERS, asked],
    queryFn: ({ pageParam }) => {
      const more = { ...(asked && { q: asked }), ...(pageParam && { cursor: pageParam }) };
      return get<Page>(`/api/admin/users?${new URLSearchParams({ limit: "20", ...more })}`);
    },
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
  const users = found.data?.pages.flatMap((page) => page.users) ?? [];
  return (
    <div className="space-y-4">
      <form
        role="search"
        className="max-w-md"
        onSubmit={(event) => {
          event.preventDefault();
          void found.refetch();
        }}
      >
        <label htmlFor={id} className="caption">
          {t("Beginning of the address")}
        </label>
        <input
          id={id}
          type="search"
          maxLength={100}
          autoComplete="off"
          value={words}
          onChange={(event) => setWords(event.target.value.trim())}
          className="mt-1 block min-h-11 w-full rounded-[3px] border border-ink/70 bg-sheet px-3"
        />
      </form>
      {found.error && (
        <p role="alert" className="text-sm">
          {found.error.message}
        </p>
      )}
      {found.data && users.length === 0 && <p className="text-soft">{t("No accounts found.")}</p>}
      <ul>
        {users.map((user) => (
          <Row key={user.user_id} user={user} />
        ))}
      </ul>
      {found.hasNextPage && <Button onClick={() => void found.fetchNextPage()}>{t("Show more")}</Button>}
    </div>
  );
}

function Row({ user }: { user: ManagedUser }) {
  const [trouble, setTrouble] = useState("");
  const hasCredits = capabilities.use((all) => all.now?.billing.credits ?? false);
  const path = `/api/admin/users/${user.user_id}`;
  const change = async (sent: object) => {
    try {
      await patch(path, sent);
      await queryClient.invalidateQueries({ queryKey: [USERS] });
      setTrouble("");
    } catch (problem) {
      setTrouble((problem as Error).message);
    }
  };
  const suspend = async () => {
    await post(`${path}/${user.suspended ? "reinstate" : "suspend"}`, {});
    await queryClient.invalidateQueries({ queryKey: [USERS] });
  };
  return (
    <li
      className="flex flex-wrap items-center justify-between gap-3 border-b border-rule py-2 text-sm"
      data-user={user.email}
    >
      <span className="min-w-56 flex-1">
        <span className="font-medium [overflow-wrap:anywhere]">{user.email}</span>
        <span className="block text-soft">
          {t("since {date}", { date: date(user.created_at) })}
          {user.verified ? "" : ` · ${t("not confirmed")}`}
          {user.suspended ? ` · ${t("suspended")}` : ""}
        </span>
        {trouble && (
          <span role="alert" className="block">
            {trouble}
          </span>
        )}
      </span>
      <Choice
        label={t("Plan of {email}", { email: user.email })}
        value={user.plan}
        choices={PLANS}
        choose={(plan) => change({ plan })}
      />
      <Choice
        label={t("Role of {email}", { email: user.email })}
        value={user.role}
        choices={ROLES}
        choose={(role) => change({ role })}
      />
      {hasCredits && <UserCredits user={user} />}
      <ActionButton
        key={String(user.suspended)}
        label={user.suspended ? t("Reinstate") : t("Suspend")}
        sure={user.suspended ? undefined : t("Sign out and cancel jobs")}
        act={suspend}
      />
    </li>
  );
}

function Choice({
  label,
  value,
  choices,
  choose,
}: {
  label: string;
  value: string;
  choices: Record<string, string>;
  choose: (value: string) => void;
}) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => choose(event.target.value)}
      className="min-h-11 rounded-[3px] border border-ink/70 bg-sheet px-2"
    >
      {Object.entries(choices).map(([name, label]) => (
        <option key={name} value={name}>
          {label}
        </option>
      ))}
    </select>
  );
}

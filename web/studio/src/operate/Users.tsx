import { useCallback, useEffect, useId, useState } from "react";
import { Problem, get, patch, post } from "../api/client";
import type { ManagedUser } from "../api/types";
import { date } from "../lib/format";
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

/** The accounts: found by the beginning of their address; role, plan and suspension. */
export function Users() {
  const id = useId();
  const [words, setWords] = useState("");
  const [page, setPage] = useState<Page>({ users: [], next_cursor: null });
  const [trouble, setTrouble] = useState("");
  const load = useCallback(
    async (cursor: string | null) => {
      const query = new URLSearchParams({ limit: "20", ...(words ? { q: words } : {}), ...(cursor ? { cursor } : {}) });
      try {
        const next = await get<Page>(`/api/admin/users?${query}`);
        setPage((now) => ({
          users: cursor ? [...now.users, ...next.users] : next.users,
          next_cursor: next.next_cursor,
        }));
        setTrouble("");
      } catch (problem) {
        setTrouble(problem instanceof Problem ? problem.message : String(problem));
      }
    },
    [words],
  );
  useEffect(() => {
    const timer = setTimeout(() => void load(null), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [load]);
  const changed = (user: ManagedUser) =>
    setPage((now) => ({ ...now, users: now.users.map((one) => (one.user_id === user.user_id ? user : one)) }));
  return (
    <div className="space-y-4">
      <form
        role="search"
        className="max-w-md"
        onSubmit={(event) => {
          event.preventDefault();
          void load(null);
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
      {trouble && (
        <p role="alert" className="text-sm">
          {trouble}
        </p>
      )}
      {page.users.length === 0 && !trouble && <p className="text-soft">{t("No accounts found.")}</p>}
      <ul>
        {page.users.map((user) => (
          <Row key={user.user_id} user={user} changed={changed} />
        ))}
      </ul>
      {page.next_cursor && <Button onClick={() => void load(page.next_cursor)}>{t("Show more")}</Button>}
    </div>
  );
}

function Row({ user, changed }: { user: ManagedUser; changed: (user: ManagedUser) => void }) {
  const [trouble, setTrouble] = useState("");
  const hasCredits = capabilities.use((all) => all.now?.billing.credits ?? false);
  const path = `/api/admin/users/${user.user_id}`;
  const change = async (sent: object) => {
    try {
      changed(await patch<ManagedUser>(path, sent));
      setTrouble("");
    } catch (problem) {
      setTrouble((problem as Error).message);
    }
  };
  const suspend = async () => {
    changed(await post<ManagedUser>(`${path}/${user.suspended ? "reinstate" : "suspend"}`, {}));
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

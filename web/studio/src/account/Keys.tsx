import { useState } from "react";
import type { ApiKey, NewApiKey } from "../api/types";
import { date, day, time } from "../lib/format";
import { Button } from "../ui/Button";
import type { FieldSpec } from "../ui/Field";
import { Form } from "../ui/Form";
import { Loaded } from "../ui/Loaded";
import { Segments } from "../ui/Segments";
import { StatusButton } from "./StatusButton";
import { createKey, revokeKey, rotateKey, useKeys } from "./keys";
import { t } from "../i18n";

const NAME: FieldSpec = {
  name: "name",
  label: t("Name of the new key"),
  autoComplete: "off",
  hint: t("What it is for, such as “Nightly videos”."),
  missing: t("Enter a name for the key."),
};

export function Keys({ mayCreate }: { mayCreate: boolean }) {
  const keys = useKeys();
  const [shown, setShown] = useState<NewApiKey | null>(null);
  const revoked = (id: string) => setShown((entry) => (entry?.id === id ? null : entry));
  return (
    <div className="space-y-5">
      <p className="text-soft">{t("With a key, a program makes videos for you. Give each program its own one.")}</p>
      {shown && <NewKey entry={shown} />}
      <Loaded of={keys}>
        {(known) =>
          known.length > 0 && (
            <ul>
              {known.map((entry) => (
                <Row key={entry.id} entry={entry} onNew={setShown} onRevoked={() => revoked(entry.id)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {mayCreate ? <Create onNew={setShown} /> : <p>{t("Confirm your email address to create a key.")}</p>}
    </div>
  );
}

function NewKey({ entry }: { entry: NewApiKey }) {
  return (
    <div role="status" className="space-y-3 border-s-4 border-soft bg-paper px-4 py-3">
      <p className="font-medium">{t("Copy the key “{name}” now. It is not shown again.", { name: entry.name })}</p>
      <p>
        <code className="figures [overflow-wrap:anywhere]">{entry.key}</code>
      </p>
      {navigator.clipboard && (
        <StatusButton
          label={t("Copy")}
          name={t("Copy the key")}
          done={t("Copied.")}
          act={() => navigator.clipboard.writeText(entry.key)}
        />
      )}
    </div>
  );
}

interface RowProps {
  entry: ApiKey;
  onNew: (entry: NewApiKey) => void;
  onRevoked: () => void;
}

function Row({ entry, onNew, onRevoked }: RowProps) {
  return (
    <li className="flex min-h-16 flex-wrap items-center justify-between gap-3 border-b border-rule py-2">
      <div className="min-w-0">
        <p className="font-medium [overflow-wrap:anywhere]">
          {entry.name} <span className="figures font-normal text-soft">{entry.prefix}…</span>
        </p>
        <p className="text-sm text-soft">{describe(entry)}</p>
      </div>
      <div className="flex flex-wrap gap-3">
        {!entry.expired && (
          <StatusButton
            label={t("Replace")}
            name={t("Replace {name}", { name: entry.name })}
            act={() => rotateKey(entry.id).then(onNew)}
          />
        )}
        <Revoke entry={entry} onRevoked={onRevoked} />
      </div>
    </li>
  );
}

function Revoke({ entry, onRevoked }: Pick<RowProps, "entry" | "onRevoked">) {
  const [asking, setAsking] = useState(false);
  if (!asking)
    return (
      <Button aria-label={t("Revoke {name}", { name: entry.name })} onClick={() => setAsking(true)}>
        {t("Revoke")}
      </Button>
    );
  return (
    <StatusButton
      focused
      label={t("Yes, revoke it")}
      name={t("Yes, revoke {name}", { name: entry.name })}
      act={() => revokeKey(entry.id).then(onRevoked)}
    />
  );
}

function describe(entry: ApiKey): string {
  const limit =
    entry.daily_jobs === null
      ? ""
      : t("{jobs_today} of {daily_jobs} videos today", { jobs_today: entry.jobs_today, daily_jobs: entry.daily_jobs });
  const end = entry.expires_at ? `${entry.expired ? t("expired") : t("expires")} ${date(entry.expires_at)}` : "";
  const former =
    entry.previous_valid_until && new Date(entry.previous_valid_until) > new Date()
      ? t("the former key is valid until {day} {time}", {
          day: day(entry.previous_valid_until),
          time: time(entry.previous_valid_until),
        })
      : "";
  const used = entry.last_used_at
    ? t("last used {date} {time}", { date: date(entry.last_used_at), time: time(entry.last_used_at) })
    : t("never used");
  return [entry.scopes.join(", "), used, limit, end, former].filter(Boolean).join(" · ");
}

function Create({ onNew }: { onNew: (entry: NewApiKey) => void }) {
  const [may, setMay] = useState<"read" | "write">("write");
  const [days, setDays] = useState("90");
  const act = async ({ name = "" }) => {
    onNew(await createKey(name, may === "write" ? ["jobs:read", "jobs:write"] : ["jobs:read"], Number(days)));
    return t("The key “{name}” has been created.", { name });
  };
  return (
    <Form fields={[NAME]} variant="plain" label={t("Create key")} busyLabel={t("Creating key")} act={act}>
      <Segments
        legend={t("The key may")}
        value={may}
        onChange={setMay}
        choices={[
          { value: "write", label: t("make and see videos") },
          { value: "read", label: t("only see videos") },
        ]}
      />
      <Segments
        legend={t("Valid for")}
        value={days}
        onChange={setDays}
        choices={[
          { value: "30", label: t("30 days") },
          { value: "90", label: t("90 days") },
          { value: "365", label: t("a year") },
          { value: "0", label: t("no end") },
        ]}
      />
    </Form>
  );
}

import { useEffect, useState } from "react";
import type { ApiKey, NewApiKey } from "../api/types";
import { date, day, time } from "../lib/format";
import { Button } from "../ui/Button";
import type { FieldSpec } from "../ui/Field";
import { Form } from "../ui/Form";
import { Notice } from "../ui/Notice";
import { Segments } from "../ui/Segments";
import { StatusButton } from "./StatusButton";
import { createKey, keys, loadKeys, revokeKey, rotateKey } from "./keys";

const NAME: FieldSpec = {
  name: "name", label: "Name of the new key", autoComplete: "off", hint: "What it is for, such as “Nightly videos”.", missing: "Enter a name for the key.",
};

export function Keys({ mayCreate }: { mayCreate: boolean }) {
  const { now, shown, trouble } = keys.use((all) => all);
  useEffect(() => {
    void loadKeys();
    return () => keys.set({ shown: null }); // it is shown once
  }, []);
  if (trouble) return <Notice title={trouble}><Button onClick={() => void loadKeys()}>Try again</Button></Notice>;
  if (!now) return <p role="status" className="caption">Loading</p>;
  return (
    <div className="space-y-5">
      <p className="text-soft">With a key, a program makes videos for you. Give each program its own one.</p>
      {shown && <NewKey entry={shown} />}
      {now.length > 0 && <ul>{now.map((entry) => <Row key={entry.id} entry={entry} />)}</ul>}
      {mayCreate ? <Create /> : <p>Confirm your email address to create a key.</p>}
    </div>
  );
}

function NewKey({ entry }: { entry: NewApiKey }) {
  return (
    <div role="status" className="space-y-3 border-l-4 border-soft bg-paper px-4 py-3">
      <p className="font-medium">Copy the key “{entry.name}” now. It is not shown again.</p>
      <p><code className="figures [overflow-wrap:anywhere]">{entry.key}</code></p>
      {navigator.clipboard && <StatusButton label="Copy" name="Copy the key" done="Copied." act={() => navigator.clipboard.writeText(entry.key)} />}
    </div>
  );
}

function Row({ entry }: { entry: ApiKey }) {
  return (
    <li className="flex min-h-16 flex-wrap items-center justify-between gap-3 border-b border-rule py-2">
      <div className="min-w-0">
        <p className="font-medium [overflow-wrap:anywhere]">{entry.name} <span className="figures font-normal text-soft">{entry.prefix}…</span></p>
        <p className="text-sm text-soft">{describe(entry)}</p>
      </div>
      <div className="flex flex-wrap gap-3">
        {!entry.expired && <StatusButton label="Replace" name={`Replace ${entry.name}`} act={() => rotateKey(entry.id)} />}
        <Revoke entry={entry} />
      </div>
    </li>
  );
}

function Revoke({ entry }: { entry: ApiKey }) {
  const [asking, setAsking] = useState(false);
  if (!asking) return <Button aria-label={`Revoke ${entry.name}`} onClick={() => setAsking(true)}>Revoke</Button>;
  return <StatusButton focused label="Yes, revoke it" name={`Yes, revoke ${entry.name}`} act={() => revokeKey(entry.id)} />;
}

function describe(entry: ApiKey): string {
  const limit = entry.daily_jobs === null ? "" : `${entry.jobs_today} of ${entry.daily_jobs} videos today`;
  const end = entry.expires_at ? `${entry.expired ? "expired" : "expires"} ${date(entry.expires_at)}` : "";
  const former = entry.previous_valid_until && new Date(entry.previous_valid_until) > new Date()
    ? `the former key is valid until ${day(entry.previous_valid_until)} ${time(entry.previous_valid_until)}` : "";
  const used = entry.last_used_at ? `last used ${date(entry.last_used_at)} ${time(entry.last_used_at)}` : "never used";
  return [entry.scopes.join(", "), used, limit, end, former].filter(Boolean).join(" · ");
}

function Create() {
  const [may, setMay] = useState<"read" | "write">("write");
  const [days, setDays] = useState("90");
  const act = async ({ name = "" }) => {
    await createKey(name, may === "write" ? ["jobs:read", "jobs:write"] : ["jobs:read"], Number(days));
    return `The key “${name}” has been created.`;
  };
  return (
    <Form fields={[NAME]} variant="plain" label="Create key" busyLabel="Creating key" act={act}>
      <Segments legend="The key may" value={may} onChange={setMay}
        choices={[{ value: "write", label: "make and see videos" }, { value: "read", label: "only see videos" }]} />
      <Segments legend="Valid for" value={days} onChange={setDays}
        choices={[{ value: "30", label: "30 days" }, { value: "90", label: "90 days" }, { value: "365", label: "a year" }, { value: "0", label: "no end" }]} />
    </Form>
  );
}

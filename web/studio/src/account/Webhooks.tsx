import { useState } from "react";
import type { NewWebhook, Webhook } from "../api/types";
import { date, day, time } from "../lib/format";
import { Button } from "../ui/Button";
import { Check } from "../ui/Check";
import type { FieldSpec } from "../ui/Field";
import { Form } from "../ui/Form";
import { Loaded } from "../ui/Loaded";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { Deliveries } from "./Deliveries";
import { Link } from "./Sheet";
import { StatusButton } from "./StatusButton";
import { createWebhook, enableWebhook, removeWebhook, rotateSecret, testWebhook, useWebhooks } from "./webhooks";
import { t } from "../i18n";

const URL_FIELD: FieldSpec = {
  name: "url",
  label: "URL",
  autoComplete: "off",
  hint: t("An https:// address of yours."),
  missing: t("Enter the URL."),
};

const EVENTS = [
  { name: "pipeline_completed", label: t("A video is ready"), first: true },
  { name: "pipeline_failed", label: t("A video has failed"), first: true },
  { name: "pipeline_cancelled", label: t("A video was cancelled"), first: true },
  { name: "processing_started", label: t("A video was started"), first: false },
  { name: "stage_completed", label: t("A stage is done"), first: false },
  { name: "stage_failed", label: t("A stage has failed"), first: false },
  { name: "plan_revised", label: t("A plan was changed"), first: false },
  { name: "consent_withdrawn", label: t("A person withdrew their consent"), first: false },
  { name: "upload_success", label: t("A file was uploaded"), first: false },
  { name: "upload_examined", label: t("A file was judged"), first: false },
  { name: "attempt.recovered", label: t("A webhook works again"), first: false },
];

const REASONS: Record<string, string> = {
  user: t("You have disabled it."),
  gone: t("It answered 410 (Gone)."),
  asked: t("It asked for no more messages."),
  failing: t("Every message of five days failed."),
};

/** The page of webhooks. */
export function Webhooks({ mayCreate }: { mayCreate: boolean }) {
  const webhooks = useWebhooks();
  const [shown, setShown] = useState<NewWebhook | null>(null);
  const removed = (id: string) => setShown((hook) => (hook?.id === id ? null : hook));
  const failing = (webhooks.data ?? []).filter((hook) => !hook.enabled && hook.disabled_reason !== "user");
  return (
    <div className="space-y-6">
      <header>
        <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">{t("Webhooks")}</h1>
        <p className="text-soft">
          {t("Callsheet sends a signed message to your server when something happens to your videos.")}
        </p>
        <Link to="">{t("Your account")}</Link>
      </header>
      {failing.length > 0 && (
        <Notice
          title={
            failing.length === 1
              ? t("A webhook was disabled.")
              : t("{length} webhooks were disabled.", { length: failing.length })
          }
        >
          <p>
            {t("Nothing is sent to {urls} until you enable it again.", {
              urls: failing.map(({ url }) => url).join(", "),
            })}
          </p>
        </Notice>
      )}
      {shown && <Shown hook={shown} />}
      <Panel title={t("Your webhooks")}>
        <Loaded of={webhooks}>
          {(known) =>
            known.length ? (
              <ul>
                {known.map((hook) => (
                  <Row key={hook.id} hook={hook} onNew={setShown} onRemoved={() => removed(hook.id)} />
                ))}
              </ul>
            ) : (
              <p>{t("There are no webhooks yet.")}</p>
            )
          }
        </Loaded>
      </Panel>
      <Panel title={t("Add a webhook")}>
        {mayCreate ? <Create onNew={setShown} /> : <p>{t("Confirm your email address to add a webhook.")}</p>}
      </Panel>
    </div>
  );
}

function Shown({ hook }: { hook: NewWebhook }) {
  return (
    <div role="status" className="space-y-3 border-s-4 border-soft bg-sheet px-4 py-3">
      <p className="font-medium">{t("Copy the secret of {url} now. It is not shown again.", { url: hook.url })}</p>
      <p>
        <code className="figures [overflow-wrap:anywhere]">{hook.secret}</code>
      </p>
      {navigator.clipboard && (
        <StatusButton
          label={t("Copy")}
          name={t("Copy the secret")}
          done={t("Copied.")}
          act={() => navigator.clipboard.writeText(hook.secret)}
        />
      )}
    </div>
  );
}

interface RowProps {
  hook: Webhook;
  onNew: (hook: NewWebhook) => void;
  onRemoved: () => void;
}

function Row({ hook, onNew, onRemoved }: RowProps) {
  const [open, setOpen] = useState(false);
  return (
    <li className="space-y-3 border-b border-rule py-3">
      <div className="min-w-0">
        <p className="font-medium [overflow-wrap:anywhere]">{hook.url}</p>
        <p className="text-sm text-soft [overflow-wrap:anywhere]">{describe(hook)}</p>
      </div>
      <div className="flex flex-wrap gap-3">
        <Button
          aria-expanded={open}
          aria-label={t("Deliveries to {url}", { url: hook.url })}
          onClick={() => setOpen(!open)}
        >
          {t("Deliveries")}
        </Button>
        {hook.enabled && (
          <StatusButton
            label={t("Send a test")}
            name={t("Send a test to {url}", { url: hook.url })}
            done={t("Queued.")}
            act={() => testWebhook(hook.id).then(() => setOpen(true))}
          />
        )}
        <StatusButton
          label={hook.enabled ? t("Disable") : t("Enable")}
          name={`${hook.enabled ? t("Disable") : t("Enable")} ${hook.url}`}
          act={() => enableWebhook(hook.id, !hook.enabled)}
        />
        <StatusButton
          label={t("New secret")}
          name={t("New secret for {url}", { url: hook.url })}
          act={() => rotateSecret(hook.id).then(onNew)}
        />
        <Remove hook={hook} onRemoved={onRemoved} />
      </div>
      {open && <Deliveries webhook={hook} />}
    </li>
  );
}

function Remove({ hook, onRemoved }: Pick<RowProps, "hook" | "onRemoved">) {
  const [asking, setAsking] = useState(false);
  if (!asking)
    return (
      <Button aria-label={t("Delete {url}", { url: hook.url })} onClick={() => setAsking(true)}>
        {t("Delete")}
      </Button>
    );
  return (
    <StatusButton
      focused
      label={t("Yes, delete")}
      name={t("Yes, delete {url}", { url: hook.url })}
      act={() => removeWebhook(hook.id).then(onRemoved)}
    />
  );
}

function describe(hook: Webhook): string {
  const state = hook.enabled
    ? ""
    : t("Disabled: {reasons}", { reasons: REASONS[hook.disabled_reason ?? "user"] ?? "" });
  const failing =
    hook.failing_since && hook.enabled
      ? t("failing since {date} {time}", { date: date(hook.failing_since), time: time(hook.failing_since) })
      : "";
  const former = hook.previous_secret_valid_until
    ? t("the former secret signs until {day} {time}", {
        day: day(hook.previous_secret_valid_until),
        time: time(hook.previous_secret_valid_until),
      })
    : "";
  return [state, hook.events.join(", "), failing, former].filter(Boolean).join(" · ");
}

function Create({ onNew }: { onNew: (hook: NewWebhook) => void }) {
  const [events, setEvents] = useState(EVENTS.filter(({ first }) => first).map(({ name }) => name));
  const set = (name: string, on: boolean) => setEvents(on ? [...events, name] : events.filter((one) => one !== name));
  const act = async ({ url = "" }) => {
    onNew(await createWebhook(url, events));
    return t("The webhook has been added. Its secret is above.");
  };
  return (
    <Form fields={[URL_FIELD]} variant="plain" label={t("Add webhook")} busyLabel={t("Adding")} act={act}>
      <fieldset>
        <legend className="caption mb-1.5">{t("Tell me when")}</legend>
        {EVENTS.map(({ name, label }) => (
          <Check key={name} checked={events.includes(name)} onChange={(on) => set(name, on)}>
            {label}
          </Check>
        ))}
      </fieldset>
    </Form>
  );
}

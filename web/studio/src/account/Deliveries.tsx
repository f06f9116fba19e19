import type { Webhook, WebhookDelivery } from "../api/types";
import { date, time } from "../lib/format";
import { Loaded } from "../ui/Loaded";
import { StatusButton } from "./StatusButton";
import { redeliver, useDeliveries } from "./webhooks";
import { number, t } from "../i18n";

/** What was sent to a webhook, newest first; it is loaded again while something waits. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  const deliveries = useDeliveries(webhook.id);
  return (
    <Loaded of={deliveries}>
      {({ pages }) =>
        pages.some((page) => page.deliveries.length > 0) ? (
          <section
            aria-label={t("Deliveries to {url}", { url: webhook.url })}
            className="space-y-3 border-s-4 border-rule ps-4"
          >
            <ul>
              {pages.flatMap((page) =>
                page.deliveries.map((delivery) => <Row key={delivery.id} webhook={webhook} delivery={delivery} />),
              )}
            </ul>
            {deliveries.hasNextPage && (
              <StatusButton label={t("Show more")} act={() => deliveries.fetchNextPage({ throwOnError: true })} />
            )}
          </section>
        ) : (
          <p>{t("Nothing has been sent yet.")}</p>
        )
      }
    </Loaded>
  );
}

const STATES: Record<string, string> = { pending: t("Waiting"), delivered: t("Delivered"), failed: t("Failed") };

function Row({ webhook, delivery }: { webhook: Webhook; delivery: WebhookDelivery }) {
  const last = delivery.attempts.at(-1);
  return (
    <li className="flex flex-wrap items-start justify-between gap-3 border-b border-rule py-2">
      <div className="min-w-0">
        <p>
          <span className="font-medium">{STATES[delivery.state]}</span>{" "}
          <span className="figures">{delivery.event_type}</span>
        </p>
        <p className="text-sm text-soft [overflow-wrap:anywhere]">{describe(delivery)}</p>
        {last && (last.answer || last.error) && (
          <details className="text-sm">
            <summary className="min-h-11 content-center">{t("The last answer")}</summary>
            <pre className="figures max-h-48 overflow-auto whitespace-pre-wrap [overflow-wrap:anywhere]" tabIndex={0}>
              {last.error || last.answer}
            </pre>
          </details>
        )}
      </div>
      {webhook.enabled && delivery.state !== "pending" && (
        <StatusButton
          label={t("Send again")}
          name={t("Send again: {event_type} {event_id}", {
            event_type: delivery.event_type,
            event_id: delivery.event_id,
          })}
          act={() => redeliver(webhook.id, delivery.id)}
        />
      )}
    </li>
  );
}

function describe(delivery: WebhookDelivery): string {
  const last = delivery.attempts.at(-1);
  const outcome = last
    ? last.status === null
      ? last.error
      : t("{status} in {seconds} s", { status: String(last.status), seconds: number(last.seconds, 2) })
    : "";
  const attempts = delivery.attempts.length > 1 ? t("{length} attempts", { length: delivery.attempts.length }) : "";
  const again =
    delivery.next_attempt_at && last
      ? t("next attempt {date} {time}", {
          date: date(delivery.next_attempt_at),
          time: time(delivery.next_attempt_at, "second"),
        })
      : "";
  return [`${date(delivery.created_at)} ${time(delivery.created_at, "second")}`, outcome, attempts, again]
    .filter(Boolean)
    .join(" · ");
}

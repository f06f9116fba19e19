"""Send what is due: many messages at once, a few to each webhook, so that none delays another.

One thread talks to the database: it claims what is due, hands it to sending threads, and records
what they report. A claim moves `due_at` beyond the longest attempt, so that what a process was
sending when it ended is due again.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from queue import SimpleQueue
from typing import Final

from sqlalchemy import select, text, update

from tasks.outbound.client import GuardedClient
from web.db.columns import now
from web.db.engine import reading, writing
from web.services import Services
from web.webhooks import outcomes, registry, signing
from web.webhooks.models import Webhook, WebhookDelivery
from web.webhooks.sending import Message, Outcome, send

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 64
"""Messages that are being sent."""
MOST_OF_ONE: Final = 4
"""Of them to one webhook; one, unless its last attempt has succeeded quickly."""
MOST_UNPROVEN: Final = 32
"""Of them to such webhooks together, so that half of the threads are always for the others."""
CLAIM: Final = timedelta(seconds=60)
_LOOK_AHEAD: Final = 512


class Deliverer:
    """The messages of one process."""

    def __init__(
        self,
        services: Services,
        client: GuardedClient | None = None,
        count: Callable[[Outcome], object] = id,
    ) -> None:
        """Set up delivery; `count` is called with each attempt."""
        self._services = services
        self._count = count
        self._client = client or GuardedClient(registry.reach(services))
        self._waiting: SimpleQueue[Message | None] = SimpleQueue()
        self._reports: SimpleQueue[Outcome] = SimpleQueue()
        self._unrecorded: list[Outcome] = []
        self._under_way: Counter[str] = Counter()
        """Messages being sent, by webhook."""
        self._proven: set[str] = set()
        """Webhooks whose last attempt has succeeded quickly."""
        self._threads: list[threading.Thread] = []
        self.wake_event = threading.Event()
        """Set when there may be something to do."""

    @property
    def under_way(self) -> int:
        """The number of messages being sent."""
        return self._under_way.total()

    def take_over(self) -> None:
        """Make everything due that another process was sending when it stopped leading."""
        with writing() as db:
            # As in the definition of its partial index, which SQLite uses for nothing else.
            claimed = update(WebhookDelivery).where(text("claimed"))
            claimed = claimed.execution_options(synchronize_session=False)
            db.execute(claimed.values(claimed=False, due_at=now()))

    def turn(self) -> int:
        """Send what is due and record what was reported; return how many messages were begun.

        What is due is handed over before the database is written to, so that no message waits for
        the outcomes of others.
        """
        begun = 0
        self._take_reports()
        while messages := self._claim():
            for message in messages:
                self._hand_over(message)
            begun += len(messages)
            self._take_reports()
        self._record()
        return begun

    def close(self) -> None:
        for _ in self._threads:
            self._waiting.put(None)
        self._client.close()

    # --- the database -------------------------------------------------------------------

    def _take_reports(self) -> None:
        """Note what came of messages, which makes room for others."""
        while not self._reports.empty():
            outcome = self._reports.get()
            webhook_id = outcome.message.webhook_id
            self._under_way[webhook_id] -= 1
            if not self._under_way[webhook_id]:
                del self._under_way[webhook_id]
            if outcome.accepted and not outcome.was_slow:
                self._proven.add(webhook_id)
            else:
                self._proven.discard(webhook_id)
            self._unrecorded.append(outcome)
            self._count(outcome)

    def _record(self) -> None:
        if not self._unrecorded:
            return
        with writing() as db:
            loaded = outcomes.load(db, self._unrecorded)
            for outcome in self._unrecorded:
                outcomes.record(db, self._services, outcome)
            del loaded
        self._unrecorded.clear()

    def _claim(self) -> list[Message]:
        """Take messages that are due and may be sent now."""
        free = MOST_AT_ONCE - self.under_way
        if free <= 0:
            return []
        busy = [name for name in self._under_way if not self._room(name)]
        moment = now()
        query = select(WebhookDelivery.id, WebhookDelivery.webhook_id).where(
            WebhookDelivery.due_at <= moment
        )
        if self._unproven_under_way() >= MOST_UNPROVEN:
            query = query.where(WebhookDelivery.webhook_id.in_(self._proven))
        if busy:
            query = query.where(WebhookDelivery.webhook_id.not_in(busy))
        with reading() as db:
            due = db.execute(query.order_by(WebhookDelivery.due_at).limit(_LOOK_AHEAD)).all()
        chosen = self._choose([(row[0], row[1]) for row in due], free)
        return self._take(chosen) if chosen else []

    def _choose(self, due: list[tuple[str, str]], free: int) -> list[str]:
        taken: Counter[str] = Counter()
        unproven = self._unproven_under_way()
        chosen: list[str] = []
        for delivery_id, webhook_id in due:
            if len(chosen) >= free:
                break
            if taken[webhook_id] >= self._room(webhook_id):
                continue
            if webhook_id not in self._proven:
                if unproven >= MOST_UNPROVEN:
                    continue
                unproven += 1
            taken[webhook_id] += 1
            chosen.append(delivery_id)
        return chosen

    def _take(self, chosen: list[str]) -> list[Message]:
        moment = now()
        with writing() as db:
            these = WebhookDelivery.id.in_(chosen), WebhookDelivery.due_at <= moment
            query = select(WebhookDelivery, Webhook).join(
                Webhook, Webhook.id == WebhookDelivery.webhook_id
            )
            rows = db.execute(query.where(*these).with_for_update(of=WebhookDelivery)).all()
            messages = []
            for delivery, webhook in rows:
                delivery.claimed, delivery.due_at = True, moment + CLAIM
                messages.append(self._message(delivery, webhook))
        return messages

    def _message(self, delivery: WebhookDelivery, webhook: Webhook) -> Message:
        secrets = tuple(signing.secrets_of(self._services, webhook))
        return Message(
            delivery.id, webhook.id, webhook.url, secrets, delivery.event_id, delivery.payload
        )

    def _room(self, webhook_id: str) -> int:
        most = MOST_OF_ONE if webhook_id in self._proven else 1
        return max(0, most - self._under_way[webhook_id])

    def _unproven_under_way(self) -> int:
        return sum(n for name, n in self._under_way.items() if name not in self._proven)

    # --- the sending threads ------------------------------------------------------------

    def _hand_over(self, message: Message) -> None:
        self._under_way[message.webhook_id] += 1
        if self.under_way > len(self._threads):
            name = f"webhook-{len(self._threads)}"
            thread = threading.Thread(target=self._send_all, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        self._waiting.put(message)

    def _send_all(self) -> None:
        while (message := self._waiting.get()) is not None:
            try:
                outcome = send(self._client, message)
            except Exception:  # no message may end its thread
                log.exception("webhook not sent", extra={"delivery_id": message.delivery_id})
                outcome = Outcome(message, now(), 0.0, error="internal error")
            self._reports.put(outcome)
            self.wake_event.set()

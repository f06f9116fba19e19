"""The statements of deliveries find their rows by indexes, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from config.settings import Settings
from tasks.outbound.addresses import Reach
from tasks.outbound.client import GuardedClient
from tests.services.tls import Authority
from tests.services.waiting import until
from tests.services.webhook_receiver import WebhookReceiver
from tests.web.conftest import close
from tests.web.people import sign_up
from tests.web.webhooks.conftest import add_job, add_webhook, end_of, happen, record
from web.app import create_app
from web.db.columns import now
from web.db.engine import db, reading, writing
from web.services import current_services
from web.webhooks import deliveries
from web.webhooks.deliverer import Deliverer


@contextmanager
def statements() -> Iterator[dict[str, Any]]:
    """The statements that are executed meanwhile, with their parameters."""
    seen: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.setdefault(statement, parameters)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_no_statement_of_a_delivery_scans_a_table(
    either: Settings, trusted: Authority, receiver: WebhookReceiver
) -> None:
    app = create_app(either)
    with app.app_context():
        api = app.test_client()
        person = sign_up(api, verified=True)
        made = add_webhook(api, person, receiver.url())
        job = add_job(person)
        services = current_services()
        client = GuardedClient(Reach(loopback=True), tls=trusted.client())
        deliverer = Deliverer(services, client)

        def is_done() -> bool:
            deliverer.turn()
            return deliverer.under_way == 0 and len(receiver.received) > 0

        with statements() as seen:
            happen(end_of(job, 1))
            until(is_done, "the message is delivered")
            deliverer.take_over()
            record(end_of(job, 1), end_of(job, 2))
            since = now() - timedelta(hours=1)
            assert deliveries.replay(services, person.user_id, made["id"], since) == 1
            with reading() as session:
                deliveries.listed(session, person.user_id, made["id"])
            with writing() as session:
                deliveries.forget(session)
        if db.engine.dialect.name == "sqlite":
            assert _scans(seen) == []
        deliverer.close()
        for thread in deliverer._threads:
            thread.join(timeout=20)
    close(app)


def _scans(seen: dict[str, Any]) -> list[str]:
    found = []
    with db.engine.connect() as connection:
        for statement, parameters in seen.items():
            if not statement.startswith(("SELECT", "UPDATE", "DELETE")):
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [str(row[3]) for row in plan]
            # A partial index that holds only what is wanted may be read from its beginning.
            found += [
                f"{step}: {statement}"
                for step in steps
                if step.startswith("SCAN webhook") and "USING" not in step
            ]
    return found

"""No message ends a worker: what its consumer cannot even take is rejected with a trace.

Celery refuses what it expects to be wrong. A header of an unexpected type raises in the middle
of its consumer, which ends the worker and with it the warm models.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import Celery, bootsteps

log = logging.getLogger(__name__)


def install(app: Celery) -> None:
    """Guard the consumers of this application."""

    class Guarding(bootsteps.Step):  # type: ignore[misc]  # celery has no types
        def __init__(self, consumer: Any, **_: Any) -> None:
            create = consumer.create_task_handler

            def create_guarded() -> Any:
                handle = create()

                def take(message: Any) -> None:
                    try:
                        handle(message)
                    except consumer.connection_errors:
                        raise
                    except Exception:
                        log.exception("rejected a message that cannot be taken")
                        message.reject_log_error(log, consumer.connection_errors)

                return take

            consumer.create_task_handler = create_guarded

    app.steps["consumer"].add(Guarding)

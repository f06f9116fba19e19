"""Reject messages that the consumer cannot handle, so that no message ends a worker.

Celery rejects the mistakes that it expects. A header of an unexpected type raises in the middle of
its consumer, which would end the worker and unload its models.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import Celery, bootsteps

log = logging.getLogger(__name__)


def install(app: Celery) -> None:
    """Guard the consumers of this application."""

    class GuardMessages(bootsteps.Step):  # type: ignore[misc]  # celery has no types
        def __init__(self, consumer: Any, **_: Any) -> None:
            create = consumer.create_task_handler

            def create_guarded() -> Any:
                handle = create()

                def handle_guarded(message: Any) -> None:
                    try:
                        handle(message)
                    except consumer.connection_errors:
                        raise
                    except Exception:
                        log.exception("message rejected: it cannot be handled")
                        message.reject_log_error(log, consumer.connection_errors)

                return handle_guarded

            consumer.create_task_handler = create_guarded

    app.steps["consumer"].add(GuardMessages)

"""Ask a worker to examine a file; while none can, the file stays without a verdict."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

import redis
from kombu.exceptions import OperationalError

from config import log_context
from tasks.messaging import examination_call, keys
from tasks.messaging.call_keys import HEADER as SIGNATURE
from tasks.messaging.examination_call import ExaminationCall
from tasks.nodes import registry
from tasks.nodes.registry import Node
from web.db.columns import now
from web.db.engine import writing
from web.examinations import subjects
from web.examinations.subjects import Subject
from web.services import Services

log = logging.getLogger(__name__)

EXPIRES_SECONDS: Final = 300
"""How long a message waits for a busy worker before the file is sent again."""
RETRY_AFTER: Final = timedelta(seconds=30)
"""A file without a verdict after this time is sent again if its message is lost."""


def request(services: Services, subject: Subject) -> bool:
    """Send a file to a worker that can examine it; return False if there is none."""
    if not (subject.is_required or services.settings.examination.is_on):
        return False
    try:
        queue = _queue(registry.alive(services.redis), subject.kind)
        if queue is None:
            return False
        _send(services, subject, queue)
    except (redis.RedisError, OperationalError) as error:
        log.warning("examination not requested", extra={"error": type(error).__name__})
        return False
    return True


def is_possible(services: Services, kind: str) -> bool:
    """Return whether a live worker can examine this kind of file; True if that is not known."""
    try:
        return _queue(registry.alive(services.redis), kind) is not None
    except redis.RedisError:
        return True


def repeat(services: Services) -> None:
    """Send files again that have waited too long for their verdict."""
    before = now() - RETRY_AFTER
    for kind in subjects.declared():
        with writing() as db:
            due = kind.pending(db, before)
        for subject in due:
            if not _is_sent(services, subject) and request(services, subject):
                with writing() as db:
                    kind.count_request(db, subject.id)


def _is_sent(services: Services, subject: Subject) -> bool:
    """Return whether the message may still be in a queue or with a worker."""
    return bool(services.redis.exists(keys.examination(subject.name)))


def _queue(alive: list[Node], kind: str) -> str | None:
    """Choose the queue of a worker that can examine this kind of file, an idle one if possible."""
    able = [node for node in alive if kind in node.examines and not node.draining]
    chosen = min(able, key=lambda node: (bool(node.doing), node.name), default=None)
    return None if chosen is None else chosen.environment


def _send(services: Services, subject: Subject, queue: str) -> None:
    blob = subject.blob
    call = ExaminationCall(
        subject.name, subject.session_id, subject.kind, blob.sha256, blob.bytes, blob.media_type
    )
    key, sent_to = keys.examination(subject.name), f"{queue} {subject.session_id}"
    services.redis.set(key, sent_to, ex=EXPIRES_SECONDS)
    services.celery.send_task(
        examination_call.TASK,
        args=list(call.args),
        task_id=call.task_id,
        queue=queue,
        expires=EXPIRES_SECONDS,
        soft_time_limit=examination_call.SECONDS,
        time_limit=2 * examination_call.SECONDS,
        headers={
            log_context.HEADER: log_context.message_ids(),
            SIGNATURE: services.call_keys.sign(call, queue),
        },
    )

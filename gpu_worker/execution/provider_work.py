"""Run one verb for calls to hosted models, and report what came of it.

The worker holds nothing between two messages: what a task waits for at its provider is a row of
the database, and the controller asks again.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Final

import redis
from celery.exceptions import SoftTimeLimitExceeded

from config import scratch
from gpu_worker.execution import clip_finish, clip_work
from gpu_worker.execution.runner import STORE_COUNTDOWN, Requeue, WorkerContext
from gpu_worker.providers.downloads import Downloads
from gpu_worker.providers.purchases import Purchases
from gpu_worker.providers.questions import Questions
from tasks.domain.errors import StoreUnavailable
from tasks.domain.hosted import Cause, Outcome, Purchase, Report, Task, Verb
from tasks.domain.wire import Malformed
from tasks.messaging.provider_call import ProviderCall
from tasks.nodes.mailbox import Refused, Unanswered

log = logging.getLogger(__name__)

TOKEN_COUNTDOWN: Final = 2.0
"""Seconds for which a node with a token leaves a call to other workers."""
_NOT_WITH_A_TOKEN: Final = (Verb.RENDER, Verb.FINISH)
"""What is sent to queues whose messages a node with a token could sign itself."""
DONE: Final = "done"
DROPPED: Final = "dropped"


def run(context: WorkerContext, call: ProviderCall, signature: str = "") -> str:
    """Run a call; return the outcome for Flower."""
    if context.settings.node_key is not None and call.verb in _NOT_WITH_A_TOKEN:
        raise Requeue(TOKEN_COUNTDOWN, "a node with a token has no right to report this work")
    context.heartbeat.busy(call.task_id)
    try:
        if not context.shared.provider_calls.begin(call, signature, context.heartbeat.name):
            return DROPPED
        _run(context, call)
    except Unanswered as error:
        raise Requeue(TOKEN_COUNTDOWN, "no controller answers") from error
    except Refused as error:
        log.warning("provider call refused by the controller", extra={"reason": str(error)})
        return DROPPED
    except Malformed as error:
        log.warning("provider call dropped", extra={"reason": str(error)})
        return DROPPED
    except StoreUnavailable as error:
        raise Requeue(STORE_COUNTDOWN, "the object store is unavailable") from error
    finally:
        context.heartbeat.busy("")
    return DONE


def _run(context: WorkerContext, call: ProviderCall) -> None:
    ring, limits = context.settings.providers.keys, context.shared.provider_calls.limits
    report = partial(_report, context)
    if call.verb == Verb.SUBMIT:
        report(_submit(context, Purchases(context.artifacts, limits, ring), call.purchase()))
    elif call.verb == Verb.POLL:
        Questions(limits, ring).poll(call.tasks(), report)
    elif call.verb == Verb.CANCEL:
        for task in call.tasks():
            report(Questions(limits, ring).cancel(task))
    else:
        for task in call.tasks():
            with _held(context, task.call_id) as is_held:
                if is_held:
                    _work_on(context, Verb(call.verb), task, report)


def _work_on(
    context: WorkerContext, verb: Verb, task: Task, report: Callable[[Report], None]
) -> None:
    """Do what only one worker at a time may do for a task."""
    if verb is Verb.RENDER:
        clip_work.render(context, task, report)
    elif verb is Verb.FINISH:
        report(clip_finish.finish(context, task))
    else:
        downloads = Downloads(context.artifacts, context.settings.providers.keys)
        report(_fetch(context, downloads, task))


def _submit(context: WorkerContext, purchases: Purchases, purchase: Purchase) -> Report:
    """Create a task, unless another process is about it: its report follows."""
    with _held(context, purchase.call_id) as is_held:
        if is_held:
            return purchases.submit(purchase)
    busy = Report(purchase.call_id, Outcome.BUSY, purchase.attempt)
    return replace(busy, retry_after=context.settings.lease_seconds)


@contextmanager
def _held(context: WorkerContext, call_id: str) -> Iterator[bool]:
    """Hold a call while a worker is about it; False if another one holds it.

    What protects a purchase from being made twice are the notes in the store. This keeps a second
    worker from taking the first one for dead.
    """
    calls, worker = context.shared.provider_calls, context.heartbeat.name
    seconds, token = context.settings.lease_seconds, uuid.uuid4().hex
    if not calls.hold(call_id, worker, token, seconds):
        yield False
        return
    over = threading.Event()

    def renew() -> None:
        while not over.wait(seconds / 3):
            with suppress(redis.RedisError):
                calls.renew(call_id, worker, token, seconds)

    renewing = threading.Thread(target=renew, name="provider-call", daemon=True)
    renewing.start()
    try:
        yield True
    finally:
        over.set()
        renewing.join()
        with suppress(redis.RedisError):
            calls.release(call_id, worker)


def _fetch(context: WorkerContext, downloads: Downloads, task: Task) -> Report:
    place, name = context.settings.path("temp"), f"{task.call_id}.fetch"
    try:
        with scratch.run_directory(place, name) as directory:
            return downloads.fetch(task, directory)
    except SoftTimeLimitExceeded:
        return Report(
            task.call_id,
            Outcome.UNREACHED,
            task_id=task.task_id,
            key=task.key,
            cause=Cause.SERVER.value,
            message="The clip could not be fetched in time.",
        )


def _report(context: WorkerContext, report: Report) -> None:
    context.shared.provider_calls.report(report, context.heartbeat.name)
    log.info(
        "provider reported",
        extra={"call_id": report.call_id, "outcome": str(report.outcome), "key": report.key},
    )

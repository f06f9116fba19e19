"""The Celery tasks of a worker, one for each stage."""

from __future__ import annotations

import logging
import os
from contextlib import AbstractContextManager
from typing import Any

from billiard.pool import EX_RECYCLE
from celery import Task, current_app, shared_task, signals

from config import log_context
from config.logs import configure
from config.settings import current
from config.stages import ALL_STAGES
from gpu_worker.execution import examination
from gpu_worker.execution.runner import Requeue, execute
from gpu_worker.process import delayed_messages, pool_process
from tasks.domain.errors import CallsheetError
from tasks.messaging import broker, call_keys, chord_scripts, examination_call, provider_call
from tasks.messaging.app import ignore_results
from tasks.messaging.examination_call import ExaminationCall
from tasks.messaging.provider_call import ProviderCall
from tasks.messaging.routing import STAGE_TASKS
from tasks.messaging.stage_call import StageCall
from tasks.telemetry import tracing

log = logging.getLogger(__name__)


class StageFailed(Exception):
    """A failed stage, for Flower and the result backend; events have the details."""


def _stage(self: Task, *args: Any) -> str:
    call = StageCall(*args)
    with log_context.bound(
        **_message_ids(self),
        job_id=call.job_id,
        stage=call.stage,
        scene=call.scene,
        attempt=call.attempt,
    ):
        return _execute(self, call)


def _message_ids(self: Task) -> dict[str, str]:
    """Return the ids in the message header, for the log."""
    sent = (self.request.headers or {}).get(log_context.HEADER)
    known = sent if isinstance(sent, dict) else {}
    return {name: str(known[name]) for name in ("request_id", "session_id") if name in known}


def _traced(self: Task, call: StageCall) -> AbstractContextManager[Any]:
    return tracing.span(
        STAGE_TASKS[call.stage],
        {"job_id": call.job_id, "scene": call.scene, "attempt": call.attempt},
        kind="consumer",
        parent=self.request.headers,
        calm=(Requeue,),
    )


def _execute(self: Task, call: StageCall) -> str:
    try:
        with _traced(self, call):
            return execute(pool_process.worker_context(), call).value
    except Requeue as later:
        log.debug("step requeued", extra={"task_id": call.task_id, "reason": str(later)})
        paused = delayed_messages.headers(self.request.headers, later.countdown)
        raise self.retry(countdown=later.countdown, headers=paused, throw=False) from None
    except CallsheetError as failure:
        raise StageFailed(f"{failure.code}: {failure.user_message}") from None


for _name in ALL_STAGES:
    # Requeuing is not a failure: Celery's default limit would lose the step at the fourth time.
    shared_task(
        _stage,
        name=STAGE_TASKS[_name],
        bind=True,
        max_retries=None,
        Request="gpu_worker.process.delayed_messages:Request",
    )


def _examine(self: Task, *args: Any) -> str:
    call = ExaminationCall.of_args(args)
    with log_context.bound(**_message_ids(self), subject=call.subject):
        try:
            return examination.examine(pool_process.worker_context(), call)
        except Requeue as later:
            paused = delayed_messages.headers(self.request.headers, later.countdown)
            raise self.retry(countdown=later.countdown, headers=paused, throw=False) from None


shared_task(
    _examine,
    name=examination_call.TASK,
    bind=True,
    max_retries=None,
    Request="gpu_worker.process.delayed_messages:Request",
)


def _signature(self: Task) -> str:
    """Return the signature of a message, which a node with a token shows to the controller."""
    return str((self.request.headers or {}).get(call_keys.HEADER, ""))


def _ask_provider(self: Task, *args: Any) -> str:
    # Its packages are only where hosted models are called.
    from gpu_worker.execution import provider_work

    call = ProviderCall.of_args(args)
    with log_context.bound(**_message_ids(self)):
        try:
            return provider_work.run(pool_process.worker_context(), call, _signature(self))
        except Requeue as later:
            paused = delayed_messages.headers(self.request.headers, later.countdown)
            raise self.retry(countdown=later.countdown, headers=paused, throw=False) from None


shared_task(
    _ask_provider,
    name=provider_call.TASK,
    bind=True,
    max_retries=None,
    Request="gpu_worker.process.delayed_messages:Request",
)


def _log(**_: Any) -> None:
    """Configure logging in parent and child, which Celery would do otherwise."""
    configure(current())


def _let_children_log(**_: Any) -> None:
    """Keep billiard from logging in a new pool process, in a form of its own, before `_log`."""
    os.environ.pop("_MP_FORK_LOGLEVEL_", None)


def _open(**_: Any) -> None:
    ignore_results(current_app)
    broker.install()  # this process has unpickled the application
    if current().node_key is not None:
        broker.share_no_bindings()
    chord_scripts.install(current_app, waits=current().node_key is not None)
    tracing.start(current(), f"worker-{os.environ[pool_process.ENVIRONMENT_VARIABLE]}")
    pool_process.open_context()


def _close(exitcode: int | None = None, **_: Any) -> None:
    pool_process.close_context(replaced=exitcode == EX_RECYCLE)
    tracing.stop()


signals.setup_logging.connect(_log)
signals.celeryd_after_setup.connect(_let_children_log)
signals.worker_process_init.connect(_open)
signals.worker_process_shutdown.connect(_close)

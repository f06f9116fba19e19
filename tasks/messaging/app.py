"""The Celery application: each setting with its reason, measured on 5.7 over Redis.

Both sides import it. It knows no task: the API sends by name, a worker brings its own.
"""

from __future__ import annotations

from typing import Any

from celery import Celery
from kombu.entity import Exchange, Queue

from config.environments import ENVIRONMENTS
from config.settings import Settings
from config.stages import STAGES
from tasks.messaging import broker
from tasks.messaging.routing import unacked

LONGEST_STAGE = max(stage.time_limit for stage in STAGES.values())
VISIBILITY_TIMEOUT = LONGEST_STAGE + 1800
"""Above the longest stage, or a running one would be delivered a second time."""

LONGEST_JOB = 6 * 3600


def make_app(settings: Settings, environment: str = "") -> Celery:
    """The application of this process; a worker's names its environment."""
    broker.install()
    app = Celery("callsheet", broker=_url(settings), backend=_url(settings))
    app.conf.update(
        # JSON only: a pickle on the wire would be code from whoever reaches Redis.
        task_serializer="json",
        result_serializer="json",
        accept_content=["json"],
        result_accept_content=["json"],
        # Routing comes from one dictionary; nothing is created by a typing error.
        task_queues=[_queue(name) for name in ENVIRONMENTS],
        task_create_missing_queues=False,
        task_default_queue="lite",
        # A message is acked after its work, and handed back if its process dies.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        # Spawn, because CUDA does not survive a fork; one slot, because a GPU is one.
        worker_pool="prefork",
        worker_concurrency=1,
        worker_pool_start_method="spawn",
        worker_proc_alive_timeout=120.0,  # a child may import torch before it says hello
        # SIGTERM: finish or hand back within this, then quit.
        worker_soft_shutdown_timeout=3.0,
        worker_enable_soft_shutdown_on_idle=False,
        # On: the message sticks until the visibility timeout. Off: late acks bring it back.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        # Nobody but Flower listens to Celery's own events; while it runs it asks workers for them.
        worker_send_task_events=False,
        task_send_sent_event=False,
        # Events tell what becomes of a stage, nobody reads a result: a stage would write two,
        # kept for hours. Chords count their parts all the same.
        task_ignore_result=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # Redis may be away for as long as it likes
        # Or full: its refusals would end the worker, and with it the warm models.
        broker_channel_error_retry=True,
        broker_transport_options=_transport() | (unacked(environment) if environment else {}),
        result_backend_transport_options={
            "retry_policy": {"timeout": 30.0},
            "health_check_interval": 10,
        },
        # Without this, a restart of Redis while a header ends loses the body: 4 of 4.
        result_backend_always_retry=True,
        result_backend_max_retries=60,
        redis_socket_timeout=15.0,
        redis_socket_connect_timeout=5.0,
        redis_retry_on_timeout=True,
        redis_backend_health_check_interval=10,
        # A chord whose results expire before its last header never runs its body.
        result_expires=LONGEST_JOB,
        result_chord_expires=LONGEST_JOB,
        timezone="UTC",
        enable_utc=True,
    )
    return app


def make_sender(settings: Settings) -> Celery:
    """An application that only sends: it never listens for results."""
    app = make_app(settings)
    ignore_results(app)
    return app


def ignore_results(app: Celery) -> None:
    """Each dispatch of a chord would otherwise leave a subscription and two kilobytes per task,
    for ever.

    Workers dispatch too: the inner chord, once the stages before it are done.
    """
    # One backend for all threads: each would else get one of its own, which does listen.
    app.conf.result_backend_thread_safe = True
    app.backend.add_pending_result = _forget


def _forget(result: Any, **_how: bool) -> Any:
    """Nobody here waits for a result: events tell."""
    return result


def _queue(name: str) -> Queue:
    """With an exchange of its own: a shared one would hand each message to every queue."""
    return Queue(name, Exchange(name), routing_key=name)  # type: ignore[no-untyped-call]


def _transport() -> dict[str, Any]:
    return {
        "visibility_timeout": VISIBILITY_TIMEOUT,
        # Look every second for messages of dead workers, not once in a while (86 s seen).
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        # Half-open connections never recover by default.
        "socket_timeout": 15.0,
        "socket_connect_timeout": 5.0,
        "health_check_interval": 10,
        "retry_on_timeout": True,
        "queue_order_strategy": "round_robin",
    }


def _url(settings: Settings) -> str:
    """Celery spells a unix socket `redis+socket://` for results and `redis+socket` for kombu."""
    return settings.redis_url.replace("unix://", "redis+socket://")

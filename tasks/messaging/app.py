"""The Celery application: each setting with its reason, measured on 5.7 over Redis.

Both sides import it. It knows no task: the API sends by name, a worker brings its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from celery import Celery
from celery.app.amqp import AMQP
from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from config.environments import ENVIRONMENTS
from config.redis_urls import SENTINEL, BrokerUrl, is_sentinel, sentinel_address
from config.settings import Settings
from config.stages import ALL_STAGES
from tasks.messaging import broker, chord_scripts, compression
from tasks.messaging.broker import NOTE_AFTER, OTHER_BROKERS
from tasks.messaging.redis_client import SENTINEL_SECONDS
from tasks.messaging.routing import unacked

LONGEST_STAGE = max(stage.time_limit for stage in ALL_STAGES.values())
LONGEST_HELD = LONGEST_STAGE + 1800
"""How long a worker may hold a message; a note of it that is older is of a dead worker."""

NOTE_SECONDS = 0.2
"""How long a worker holds a message before it notes it: longer than a quick step, and shorter than
it takes until the first renewal of a lease, after which the sweeper expects a note."""

LONGEST_JOB = 6 * 3600
_TEXT = 1024
"""The longest description of arguments, as in Celery."""
CHORD_EXPIRES = 24 * 3600
"""From a chord's first part; Celery's own script prolongs it with each part."""


class Messages(AMQP):  # type: ignore[misc]  # celery has no types
    """Messages that describe their few arguments, for Flower, without Celery's slow formatter."""

    def as_task_v2(
        self, task_id: str, name: str, args: Any = None, kwargs: Any = None, *more: Any, **rest: Any
    ) -> Any:
        texts = {"argsrepr": repr(args or ())[:_TEXT], "kwargsrepr": repr(kwargs or {})[:_TEXT]}
        return super().as_task_v2(task_id, name, args, kwargs, *more, **(texts | rest))


def make_app(settings: Settings, environment: str = "") -> Celery:
    """Create the Celery application of this process; a worker names its environment."""
    broker.install()
    own = settings.broker_url(environment) if environment else settings.redis_url
    app = Celery(
        "callsheet",
        broker=_celery_url(own),
        backend=_celery_url(settings.redis_url),
        amqp=f"{__name__}:{Messages.__name__}",  # as text, because it is sent to pool processes
    )
    app.conf.update(
        # JSON only: with pickle, anyone with access to Redis could run code.
        task_serializer="json",
        result_serializer="json",
        accept_content=["json"],
        # Each message carries the rest of its job's canvas, twice: in its queue, and while a worker
        # holds it.
        task_compression=compression.NAME,
        result_accept_content=["json"],
        # Routing comes from one dictionary; a typing error must not create a queue.
        task_queues=[_queue(name) for name in ENVIRONMENTS],
        task_create_missing_queues=False,
        task_default_queue="lite",
        # A message is acknowledged after its work, and requeued if its process dies.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        # Spawn, because CUDA does not survive a fork; one slot for each GPU.
        worker_pool="prefork",
        worker_concurrency=1,
        worker_pool_start_method="spawn",
        worker_proc_alive_timeout=120.0,  # a child may import torch before it is ready
        # SIGTERM: finish or requeue within this time, then quit.
        worker_soft_shutdown_timeout=3.0,
        worker_enable_soft_shutdown_on_idle=False,
        # If on, the message would be lost until the next sweep; if off, late acks requeue it.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        # Only Flower uses Celery's own events, and it enables them on the workers while it runs.
        worker_send_task_events=False,
        task_send_sent_event=False,
        # Outcomes are reported by events. Results would cost two keys for each stage, kept for
        # hours; chords count their parts without them.
        task_ignore_result=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # Redis may be unavailable for any time
        # A full Redis returns errors, which would end the worker and its warm models.
        broker_channel_error_retry=True,
        broker_transport_options=_transport()
        | _sentinel(own)
        | {
            OTHER_BROKERS: {b.environment: b.url for b in _others(settings, own)},
            NOTE_AFTER: min(NOTE_SECONDS, settings.sweep_seconds / 10),
        }
        | (unacked(environment) if environment else {}),
        result_backend_transport_options={
            "retry_policy": {"timeout": 30.0},
            "health_check_interval": 10,
        }
        | _sentinel(settings.redis_url),
        # Without this, a restart of Redis while a header ends loses the body: 4 of 4.
        result_backend_always_retry=True,
        result_backend_max_retries=60,
        redis_socket_timeout=15.0,
        redis_socket_connect_timeout=5.0,
        redis_retry_on_timeout=True,
        redis_backend_health_check_interval=10,
        # A chord whose results expire before its last header never runs its body. A completed
        # chord deletes them.
        result_expires=LONGEST_JOB,
        result_chord_expires=CHORD_EXPIRES,
        timezone="UTC",
        enable_utc=True,
    )
    return app


def make_sender(settings: Settings) -> Celery:
    """Create an application that only sends and never subscribes to results."""
    app = make_app(settings)
    ignore_results(app)
    return app


def ignore_results(app: Celery) -> None:
    """Keep no results.

    Each dispatch of a chord would leave a subscription and two kilobytes per task, forever.

    Workers dispatch too: the inner chord, once the stages before it are done.
    """
    # One backend for all threads: otherwise each thread gets its own, which subscribes.
    app.conf.result_backend_thread_safe = True
    app.backend.add_pending_result = _forget
    # A chord's header is sent as if its results were awaited: with a subscription for each message.
    app.backend.on_task_call = _forget
    app.backend.set_chord_size = partial(chord_scripts.keep_size, app.backend)


def _forget(result: Any, *_what: Any, **_how: bool) -> Any:
    """Wait for no result: outcomes are reported by events."""
    return result


def _queue(name: str) -> Queue:
    """Create a queue with its own exchange; a shared one would copy messages to every queue."""
    return Queue(name, Exchange(name), routing_key=name)  # type: ignore[no-untyped-call]


def _transport() -> dict[str, Any]:
    return {
        # Half-open connections never recover by default.
        "socket_timeout": 15.0,
        "socket_connect_timeout": 5.0,
        "health_check_interval": 10,
        "retry_on_timeout": True,
        "queue_order_strategy": "round_robin",
    }


def _others(settings: Settings, own: str) -> Iterator[BrokerUrl]:
    """Return the queues that are on other servers than this one."""
    for environment in ENVIRONMENTS:
        url = settings.broker_url(environment)
        if url != own:
            yield BrokerUrl(environment, url)


def _sentinel(url: str) -> dict[str, Any]:
    """Return the options that find the master, where a URL names sentinels."""
    if not is_sentinel(url):
        return {}
    address = sentinel_address(url)
    kwargs = {"password": address.sentinel_password, "socket_timeout": SENTINEL_SECONDS}
    return {"master_name": address.master, "sentinel_kwargs": kwargs}


def broker_connection(app: Celery, url: str) -> Connection:
    """Create a connection to another broker than that of this application."""
    connection: Connection = app.connection_for_write(
        _celery_url(url), transport_options=_sentinel(url)
    )
    return connection


def _celery_url(url: str) -> str:
    """Spell a URL as Celery does: a unix socket is `redis+socket://`, sentinels are many URLs."""
    if not is_sentinel(url):
        return url.replace("unix://", "redis+socket://")
    address = sentinel_address(url)
    login = ""
    if address.username or address.password:
        login = f"{quote(address.username or '', '')}:{quote(address.password or '', '')}@"
    return ";".join(
        f"{SENTINEL}://{login}{host}:{port}/{address.database}" for host, port in address.hosts
    )

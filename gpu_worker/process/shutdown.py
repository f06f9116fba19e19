"""Drain a worker before its machine stops.

There are two triggers. After SIGTERM, a running stage may continue for DRAIN_SECONDS before it is
requeued. And a cloud announces the end of a spot instance at SPOT_NOTICE_URL.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urljoin

import redis
from celery import signals
from celery.worker import state

from config.settings import Settings
from gpu_worker.process import queue_subscription
from tasks.nodes.coordination import Coordination

log = logging.getLogger(__name__)

CHECK_SECONDS: Final = 0.2
POLL_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 2.0
NO_NOTICE: Final = (b"", b"FALSE", b"NONE")
"""Bodies that mean "no notice" where a cloud does not answer 404."""
_HEADERS: Final = {"Metadata-Flavor": "Google", "User-Agent": "callsheet"}


class Shutdown:
    """The announced end of one worker."""

    def __init__(self, shared: Coordination, name: str) -> None:
        self._shared = shared
        self._name = name
        self._signalled = False

    def drain(self, why: str) -> None:
        """Take no new work, also after the pool process is replaced."""
        log.warning("worker drains", extra={"reason": why, "worker": self._name})
        try:
            queue_subscription.send(frozenset())
            self._shared.drain(self._name)
        except (redis.RedisError, OSError) as error:
            log.warning("drain not reported", extra={"error": type(error).__name__})

    def end_within(self, seconds: float) -> None:
        """Let SIGTERM wait for the running stage for this time; a second SIGTERM does not wait."""

        def on_signal(_number: int, _frame: Any) -> None:
            if self._signalled:
                os.kill(os.getpid(), signal.SIGQUIT)
            else:
                self._signalled = True
                threading.Thread(target=self._end, args=(seconds,), name="shutdown").start()

        signal.signal(signal.SIGTERM, on_signal)

    def _end(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        self.drain(f"SIGTERM; a running stage may continue for {seconds:g} s")
        pause = threading.Event()
        while state.active_requests and time.monotonic() < until:
            pause.wait(CHECK_SECONDS)
        os.kill(os.getpid(), signal.SIGQUIT)  # Celery's own shutdown requeues what still runs

    def await_notice(self, url: str) -> None:
        """Poll for the notice, and drain the worker when it arrives."""
        pause = threading.Event()
        while not termination_notice(url):
            pause.wait(POLL_SECONDS)
        self.drain(f"{url} announces that this machine will stop")


def install(shared: Coordination, name: str, settings: Settings) -> None:
    """Drain the worker of this process after either trigger."""
    worker = Shutdown(shared, name)
    if settings.drain_seconds:
        # When it is ready, because Celery installs its own handlers before.
        signals.worker_ready.connect(
            lambda **_: worker.end_within(settings.drain_seconds), weak=False
        )
    if settings.spot_notice_url:
        poll = threading.Thread(
            target=worker.await_notice, args=(settings.spot_notice_url,), daemon=True
        )
        signals.worker_ready.connect(lambda **_: poll.start(), weak=False)


def termination_notice(url: str) -> bool:
    """Return whether the cloud announces that this machine will stop."""
    try:
        return _request(url) not in NO_NOTICE
    except urllib.error.HTTPError as error:
        return error.code == 401 and _noticed_with_token(url)
    except OSError:
        return False


def _noticed_with_token(url: str) -> bool:
    """Do the same with Amazon's second protocol, which needs a token."""
    lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    try:
        token = _request(urljoin(url, "/latest/api/token"), "PUT", lifetime)
        return _request(url, "GET", {"X-aws-ec2-metadata-token": token.decode()}) not in NO_NOTICE
    except OSError:
        return False


def _request(url: str, method: str = "GET", headers: Mapping[str, str] = _HEADERS) -> bytes:
    request = urllib.request.Request(url, method=method, headers=dict(headers))  # noqa: S310
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
        body: bytes = answer.read(4096)
    return body.strip().upper() if method == "GET" else body.strip()

"""Leases of content keys, and heartbeats of tasks that a live worker holds.

Leases only save work: a result is committed at most once without them. So losing one (by a wipe of
Redis or a long pause) costs a second computation and nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

import redis

from tasks.messaging import keys
from tasks.messaging.stage_call import StageCall

_RENEW = """
if not redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[1])
return 1
"""

_RELEASE = """
local mine = redis.call('GET', KEYS[1]) == ARGV[1]
redis.call('HDEL', KEYS[3], ARGV[2])
if mine then return redis.call('DEL', KEYS[1], KEYS[2]) end
return redis.call('DEL', KEYS[2])
"""

log = logging.getLogger(__name__)

CHECKS_PER_SECOND = 4
_NUMBER = re.compile("[0-9]{1,9}")


class Scripts:
    """The two scripts that change leases."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._renew = client.register_script(_RENEW)
        self._release = client.register_script(_RELEASE)

    def acquire(self, key: str, call: StageCall, worker: str, seconds: float) -> bool:
        """Acquire the lease; False if another task holds it. An earlier delivery may hold it."""
        return bool(
            self._renew(
                keys=[keys.lease(key), keys.RUNNING_TASKS],
                args=[call.task_id, int(seconds * 1000), worker],
            )
        )

    def release(self, key: str, call: StageCall, worker: str) -> None:
        """Release the lease, unless another task holds it now, and release the step in any case."""
        self._release(
            keys=[keys.lease(key), keys.step_heartbeat(call.task_id), keys.RUNNING_TASKS],
            args=[call.task_id, worker],
        )


class Holder(Protocol):
    """The operations that a lease needs (`tasks.nodes.coordination`)."""

    def acquire(self, key: str, call: StageCall, worker: str, seconds: float) -> bool: ...
    def renew(self, key: str, call: StageCall, worker: str, seconds: float) -> None: ...
    def release(self, key: str, call: StageCall, worker: str) -> None: ...
    def hold(self, task_id: str, worker: str, seconds: float) -> None: ...
    def stopped(self, call: StageCall) -> bool: ...


class Lease:
    """The right to compute one artifact, renewed by a thread while the work continues.

    The same thread checks the job's stop key, so a stage only has to read a flag between two
    frames; `on_stop` interrupts what cannot check the flag.
    """

    def __init__(
        self, holder: Holder, key: str, call: StageCall, seconds: float, worker: str
    ) -> None:
        self._holder = holder
        self._key = key
        self._call = call
        self._worker = worker
        self._seconds = seconds
        self._stop_event = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_closed, name="lease", daemon=True)
        self.stopped = threading.Event()
        """Set when the job must stop."""
        self.on_stop: Callable[[], None] = _nothing
        """Called from the thread of the lease after that, until the work has ended."""

    def acquire(self) -> bool:
        """Acquire the lease; False if another task holds it. An earlier delivery may hold it."""
        return self._holder.acquire(self._key, self._call, self._worker, self._seconds)

    def __enter__(self) -> Lease:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop_event.set()
        self._thread.join()
        with contextlib.suppress(redis.RedisError):  # it expires by itself
            self._holder.release(self._key, self._call, self._worker)

    def _renew_until_closed(self) -> None:
        checks = 0
        renew_every = max(1, int(self._seconds / 3 * CHECKS_PER_SECOND))
        while not self._stop_event.wait(1 / CHECKS_PER_SECOND):
            checks += 1
            try:
                if checks % renew_every == 1 or renew_every == 1:
                    self._holder.renew(self._key, self._call, self._worker, self._seconds)
                    self._holder.hold(self._call.task_id, self._worker, self._seconds)
                if self._holder.stopped(self._call):
                    self.stopped.set()
                    self.on_stop()
            except redis.RedisError:
                checks = 0  # Redis is unavailable: continue, and renew as soon as it is back
            except Exception:  # the work continues, so the lease must be renewed
                log.exception("lease not renewed", extra={"task_id": self._call.task_id})


def _nothing() -> None:
    """Do nothing: the work checks the flag itself."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is known about a task that was just delivered."""

    should_run: bool
    """False if its job was stopped or there is a newer attempt; a missing key means run."""
    failed_on: frozenset[str]
    """Workers whose engine failed on it."""


def begin_delivery(client: redis.Redis, call: StageCall, seconds: float) -> Delivery:
    """Hold a delivered task and read its `Delivery`, in one round trip."""
    pipe = client.pipeline(transaction=False)
    renew_heartbeat(pipe, keys.step_heartbeat(call.task_id), seconds)
    pipe.mget([keys.attempt(call.job_id), keys.stop(call.job_id)])
    pipe.smembers(keys.engine_failures(call.task_id))
    _, (current, last), broke = pipe.execute()
    return _delivered(call, current, last, broke)


def read_delivery(client: redis.Redis, call: StageCall) -> Delivery:
    """Read the `Delivery` of a task."""
    pipe = client.pipeline(transaction=False)
    pipe.mget([keys.attempt(call.job_id), keys.stop(call.job_id)])
    pipe.smembers(keys.engine_failures(call.task_id))
    (current, last), broke = pipe.execute()
    return _delivered(call, current, last, broke)


def _delivered(call: StageCall, current: Any, last: Any, broke: Any) -> Delivery:
    newer = _attempt(current) > call.attempt
    return Delivery(not (newer or _reaches(last, call)), frozenset(broke))


def is_stopped(client: redis.Redis, call: StageCall) -> bool:
    """Return whether the job of this call was stopped in this attempt or a later one."""
    return _reaches(client.get(keys.stop(call.job_id)), call)


def _reaches(last: Any, call: StageCall) -> bool:
    return _attempt(last) >= call.attempt


def _attempt(value: Any) -> int:
    """Return the number of an attempt; a missing or invalid value stops nothing."""
    return int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else -1


def renew_heartbeat(client: redis.Redis, key: str, seconds: float) -> None:
    """Report that a live worker holds this task, for so many seconds."""
    client.set(key, "1", px=int(seconds * 1000))

"""Leases of content keys, and heartbeats of tasks that a live worker holds.

Leases only save work: a result is committed at most once without them. So losing one (by a wipe of
Redis or a long pause) costs a second computation and nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

import redis

from tasks.domain.events import Event
from tasks.messaging import keys
from tasks.messaging.emission import EMIT_FUNCTION, Advance, Emission, RedisClock
from tasks.messaging.stage_call import StageCall

_ACQUIRE = """
local function acquire(lease, task_id, milliseconds, running, worker)
  if not redis.call('SET', lease, task_id, 'PX', milliseconds, 'NX') then
    if redis.call('GET', lease) ~= task_id then return false end
    redis.call('PEXPIRE', lease, milliseconds)
  end
  redis.call('HSET', running, worker, task_id)
  return true
end
"""

_RENEW = f"""{_ACQUIRE}
return acquire(KEYS[1], ARGV[1], ARGV[2], KEYS[2], ARGV[3])
"""

_START = f"""{_ACQUIRE}{EMIT_FUNCTION}
local acquired = acquire(KEYS[2], ARGV[14], ARGV[15], KEYS[3], ARGV[16])
if acquired then emit(KEYS[1], ARGV) end
return acquired
"""

_RELEASE = """
local mine = redis.call('GET', KEYS[1]) == ARGV[1]
redis.call('HDEL', KEYS[3], ARGV[2])
if mine then redis.call('DEL', KEYS[1], KEYS[2]) else redis.call('DEL', KEYS[2]) end
"""

_FINISH = f"""{EMIT_FUNCTION}
local emitted = emit(KEYS[1], ARGV)
redis.call('HDEL', KEYS[4], ARGV[14])
-- The result is committed, so a task that has got the lease meanwhile computes it for nothing.
redis.call('DEL', KEYS[2], KEYS[3])
return emitted
"""

log = logging.getLogger(__name__)

CHECKS_PER_SECOND = 4
IDLE_CHECKS = 3
"""After so many checks without a lease the thread ends; the next lease starts another."""
_NUMBER = re.compile("[0-9]{1,9}")


class Scripts:
    """The scripts that change leases; two of them emit an event in the same round trip."""

    def __init__(self, client: redis.Redis) -> None:
        self._clock = RedisClock(client)
        self._renew = client.register_script(_RENEW)
        self._start = client.register_script(_START)
        self._release = client.register_script(_RELEASE)
        self._finish = client.register_script(_FINISH)

    def acquire(self, key: str, call: StageCall, worker: str, seconds: float) -> bool:
        """Acquire the lease; False if another task holds it. An earlier delivery may hold it."""
        return bool(
            self._renew(
                keys=[keys.lease(key), keys.RUNNING_TASKS],
                args=[call.task_id, int(seconds * 1000), worker],
            )
        )

    def start(self, key: str, call: StageCall, worker: str, seconds: float, started: Event) -> bool:
        """Acquire the lease and emit the start of its step; False if another task holds it."""
        emission = Emission(started)
        return bool(
            self._start(
                keys=[emission.key, keys.lease(key), keys.RUNNING_TASKS],
                args=[
                    *emission.arguments(self._clock.now()),
                    call.task_id,
                    int(seconds * 1000),
                    worker,
                ],
            )
        )

    def release(self, key: str, call: StageCall, worker: str) -> None:
        """Release the lease, unless another task holds it now, and release the step in any case."""
        self._release(keys=self._held(key, call), args=[call.task_id, worker])

    def finish(self, key: str, call: StageCall, worker: str, last: Emission) -> Event:
        """Emit the completion of a step, then release its lease and the step."""
        answer = self._finish(
            keys=[last.key, *self._held(key, call)],
            args=[*last.arguments(self._clock.now()), worker],
        )
        return last.numbered(answer)

    def _held(self, key: str, call: StageCall) -> list[str]:
        return [keys.lease(key), keys.step_heartbeat(call.task_id), keys.RUNNING_TASKS]


class Holder(Protocol):
    """The operations that a lease needs (`tasks.nodes.coordination`)."""

    def start(
        self, key: str, call: StageCall, worker: str, seconds: float, started: Event
    ) -> bool: ...
    def renew(self, key: str, call: StageCall, worker: str, seconds: float) -> None: ...
    def release(self, key: str, call: StageCall, worker: str) -> None: ...
    def finish(self, key: str, call: StageCall, worker: str, last: Emission) -> Event: ...
    def hold(self, task_id: str, worker: str, seconds: float) -> None: ...
    def stopped(self, call: StageCall) -> bool: ...


class Lease:
    """The right to compute one artifact, renewed by a thread while the work continues.

    The same thread checks the job's stop key, so a stage only has to read a flag between two
    frames; `on_stop` interrupts what cannot check the flag.
    """

    def __init__(
        self,
        holder: Holder,
        key: str,
        call: StageCall,
        seconds: float,
        worker: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._holder = holder
        self._key = key
        self._call = call
        self._worker = worker
        self._seconds = seconds
        self._released = False
        self._clock = clock
        self._began = clock()
        self._renewed: float | None = None
        self.stopped = threading.Event()
        """Set when the job must stop."""
        self.on_stop: Callable[[], None] = _nothing
        """Called from the thread of the lease after that, until the work has ended."""

    def acquire(self, started: Event) -> bool:
        """Acquire the lease and emit the start; False if another task holds it.

        An earlier delivery of this task may hold it.
        """
        return self._holder.start(self._key, self._call, self._worker, self._seconds, started)

    def emit(self, event: Event, advance: Advance | None = None, reference: str = "") -> Event:
        """Emit the completion of the step, whose result is committed, and release the lease."""
        _renewal.remove(self)
        last = Emission(event, advance, reference)
        emitted = self._holder.finish(self._key, self._call, self._worker, last)
        self._released = True
        return emitted

    def __enter__(self) -> Lease:
        _renewal.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _renewal.remove(self)
        if self._released:
            return
        with contextlib.suppress(redis.RedisError):  # it expires by itself
            self._holder.release(self._key, self._call, self._worker)

    def check(self) -> None:
        """Renew the lease if it is time, and check whether the job must stop."""
        now = self._clock()
        if now - self._began < 1 / CHECKS_PER_SECOND:
            return
        try:
            if self._renewed is None or now - self._renewed >= self._seconds / 3:
                self._holder.renew(self._key, self._call, self._worker, self._seconds)
                self._holder.hold(self._call.task_id, self._worker, self._seconds)
                self._renewed = now
            if self._holder.stopped(self._call):
                self.stopped.set()
                self.on_stop()
        except redis.RedisError:
            self._renewed = None  # Redis is unavailable: renew as soon as it is back
        except Exception:  # the work continues, so the lease must be renewed
            log.exception("lease not renewed", extra={"task_id": self._call.task_id})


class _Renewal:
    """One thread for the leases of this process, kept between them: a start costs a short stage."""

    def __init__(self) -> None:
        self._leases: set[Lease] = set()
        self._changing = threading.Lock()
        self._checking = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, lease: Lease) -> None:
        with self._changing:
            self._leases.add(lease)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lease", daemon=True)
                self._thread.start()

    def remove(self, lease: Lease) -> None:
        """Renew this lease no more; return when a renewal that was under way is done."""
        with self._changing:
            self._leases.discard(lease)
        with self._checking:
            pass

    def _run(self) -> None:
        pause, idle = threading.Event(), 0
        while True:
            pause.wait(1 / CHECKS_PER_SECOND)
            with self._checking:
                with self._changing:
                    leases = tuple(self._leases)
                    idle = 0 if leases else idle + 1
                    if idle >= IDLE_CHECKS:
                        self._thread = None
                        return
                for lease in leases:
                    lease.check()


_renewal = _Renewal()


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
    pipe.mget(_delivery_keys(call))
    _, known = pipe.execute()
    return _delivered(call, *known)


def read_delivery(client: redis.Redis, call: StageCall) -> Delivery:
    """Read the `Delivery` of a task."""
    known: Any = client.mget(_delivery_keys(call))
    return _delivered(call, *known)


def _delivery_keys(call: StageCall) -> list[str]:
    return [keys.attempt(call.job_id), keys.stop(call.job_id), keys.engine_failures(call.task_id)]


def _delivered(call: StageCall, current: Any, last: Any, failed_on: Any) -> Delivery:
    newer = _attempt(current) > call.attempt
    return Delivery(not (newer or _reaches(last, call)), frozenset((failed_on or "").splitlines()))


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

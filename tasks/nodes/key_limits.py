"""The limits of providers' keys, shared by all workers in Redis.

A key takes so many new tasks a minute and has so many open at once. A key that a provider has
limited rests; one that it does not accept is left out for an hour, and operators are alerted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import redis

from config.provider_keys import ProviderKey
from tasks.domain.hosted import Remote
from tasks.messaging import keys

REST_SECONDS: Final = 15.0
"""How long a limited key rests if the provider does not say."""
LONGEST_REST: Final = 600.0
REFUSED_SECONDS: Final = 3600
_OPEN_SECONDS: Final = 6 * 3600
"""After this time a task counts as closed, whatever happened to its worker."""
_FULL_SECONDS: Final = 5.0
"""When to ask again for a key with too many open tasks."""

_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local starts, open, rest, refused = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local a_minute, at_once, call = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
if redis.call('EXISTS', refused) == 1 then return -1 end
local resting = redis.call('PTTL', rest)
if resting > 0 then return resting end
redis.call('ZREMRANGEBYSCORE', starts, '-inf', now - 60000)
if a_minute > 0 and redis.call('ZCARD', starts) >= a_minute then
  local oldest = redis.call('ZRANGE', starts, 0, 0, 'WITHSCORES')
  return math.max(1, oldest[2] + 60000 - now)
end
redis.call('ZREMRANGEBYSCORE', open, '-inf', now)
if at_once > 0 and not redis.call('ZSCORE', open, call)
    and redis.call('ZCARD', open) >= at_once then return tonumber(ARGV[5]) end
redis.call('ZADD', starts, now, call .. ':' .. now)
redis.call('PEXPIRE', starts, 61000)
redis.call('ZADD', open, now + tonumber(ARGV[4]), call)
redis.call('PEXPIRE', open, ARGV[4])
return 0
"""


@dataclass(frozen=True, slots=True)
class NoRoom:
    """No key can be used now."""

    seconds: float
    """When one can be, as far as that is known."""
    refused: bool
    """Whether no key is accepted at all."""


class Limits(Protocol):
    """The limits of all keys, wherever they are kept."""

    def take(
        self, remote: Remote, ring: Sequence[ProviderKey], call_id: str
    ) -> ProviderKey | NoRoom:
        """Take room on a key for a new task: on the one with the fewest of the last minute."""

    def release(self, provider: str, label: str, call_id: str) -> None:
        """Note that a task is not open any more."""

    def rest(self, key: ProviderKey, seconds: float | None, call_id: str) -> float:
        """Let a limited key rest, and return for how long."""

    def refuse(self, key: ProviderKey, why: str, call_id: str) -> None:
        """Leave a key out that its provider does not accept, and tell operators."""


def rest_seconds(seconds: float | None) -> float:
    """Return how long a key rests that its provider has limited."""
    return min(max(seconds or REST_SECONDS, 0.1), LONGEST_REST)


def have_room(
    client: redis.Redis, names: Sequence[str], a_minute: int, at_once: int
) -> dict[str, bool]:
    """Return for each `PROVIDER:LABEL` whether a key could take a task now; nothing is taken."""
    seconds, _ = client.time()
    pipe = client.pipeline(transaction=False)
    for name in names:
        provider, _, label = name.partition(":")
        starts, opened, rest, refused = (
            keys.provider_key(provider, label, what)
            for what in ("starts", "open", "rest", "refused")
        )
        pipe.exists(rest, refused)
        pipe.zcount(starts, 1000 * (seconds - 60), "+inf")
        pipe.zcount(opened, 1000 * seconds, "+inf")
    answers = pipe.execute()
    found = {}
    for index, name in enumerate(names):
        resting, started, running = answers[3 * index : 3 * index + 3]
        is_full = (a_minute and started >= a_minute) or (at_once and running >= at_once)
        found[name] = not resting and not is_full
    return found


class KeyLimits:
    """The shared state of all keys, in Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._take = client.register_script(_TAKE)

    def take(
        self, remote: Remote, ring: Sequence[ProviderKey], call_id: str
    ) -> ProviderKey | NoRoom:
        waits = []
        for key in self._by_load(ring):
            answer: Any = self._take(
                keys=[self._name(key, what) for what in ("starts", "open", "rest", "refused")],
                args=[
                    remote.a_minute,
                    remote.at_once,
                    call_id,
                    1000 * _OPEN_SECONDS,
                    round(1000 * _FULL_SECONDS),
                ],
            )
            if answer == 0:
                return key
            if answer > 0:
                waits.append(answer / 1000)
        return NoRoom(min(waits, default=REFUSED_SECONDS), refused=not waits)

    def release(self, provider: str, label: str, call_id: str) -> None:
        self._client.zrem(keys.provider_key(provider, label, "open"), call_id)

    def rest(self, key: ProviderKey, seconds: float | None, call_id: str) -> float:  # noqa: ARG002
        pause = rest_seconds(seconds)
        self._client.set(self._name(key, "rest"), "1", px=round(1000 * pause))
        return pause

    def refuse(self, key: ProviderKey, why: str, call_id: str) -> None:  # noqa: ARG002
        self._client.set(self._name(key, "refused"), why[:200], ex=REFUSED_SECONDS)
        self._client.hset(keys.provider_alerts(), f"{key.provider}:{key.label}", why[:200])

    def _by_load(self, ring: Sequence[ProviderKey]) -> list[ProviderKey]:
        pipe = self._client.pipeline(transaction=False)
        for key in ring:
            pipe.zcard(self._name(key, "starts"))
        loads = dict(zip(ring, pipe.execute(), strict=True))
        return sorted(ring, key=lambda key: loads[key])

    def _name(self, key: ProviderKey, what: str) -> str:
        return keys.provider_key(key.provider, key.label, what)

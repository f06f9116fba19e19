"""Chords: how their parts are counted, the Lua scripts for that, and who may load them.

Celery's script for a part of a chord calls a dozen commands, most of them to prolong keys that are
deleted when the chord is complete. Ours has the same result with four. After the last part Celery
reads the results of all, prolongs its claim, sends the body and cleans up by another script. Parts
of ours have no results, and the sweeper finds a chord whose body was not sent.

A node that may load scripts could load an endless loop. So the controller loads the scripts that
the libraries of a node with a token use (`load`), and the node waits for them (`Loaded`), for a
moment after a restart or a wipe of Redis. kombu also uses the scripts of redis-py's locks.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import redis
from celery import Celery, maybe_signature, states
from celery.backends.redis import (
    CHORD_CLAIM_EXTEND_LUA,
    CHORD_CLEANUP_LUA,
)
from kombu.exceptions import OperationalError
from redis.exceptions import NoScriptError
from redis.lock import Lock

log = logging.getLogger(__name__)

PART_RETURN: Final = """
local jkey, tkey, skey, dkey, ckey = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[6]
local tid, value, ordered, score = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local expires, claim_expires, claim_token = tonumber(ARGV[5]), ARGV[7], ARGV[8]
local known = redis.call('MGET', ckey, skey, tkey)
local size, totaldiff = known[2], known[3]
if known[1] == 'done' then return {-1, 0, 0, 0} end
local count = ordered == '1' and 'ZCARD' or 'LLEN'
-- A part can run more than once and counts only once, whatever it returns.
if redis.call('SADD', dkey, tid .. ':' .. score) == 1 then
  if ordered == '1' then
    redis.call('ZADD', jkey, score, value)
  else
    redis.call('RPUSH', jkey, value)
  end
end
local ready = redis.call(count, jkey)
if ready == 1 and expires > 0 then
  redis.call('EXPIRE', jkey, expires)
  redis.call('EXPIRE', dkey, expires)
end
local claimed = 0
if size and ready == tonumber(size) + tonumber(totaldiff or 0) then
  if redis.call('SET', ckey, claim_token, 'NX', 'EX', claim_expires) then claimed = 1 end
end
return {ready, totaldiff, size, claimed}
"""
"""Record a part; return how many are ready of how many, and whether to send the chord's body.

Takes what Celery 5.7 gives its own script: the results, the difference in size, the size, the parts
that have returned, the saved group and the claim."""

CHORDS: Final[dict[str, str]] = {
    "_chord_part_return_script": PART_RETURN,
    "_chord_cleanup_script": CHORD_CLEANUP_LUA,
    "_chord_claim_extend_script": CHORD_CLAIM_EXTEND_LUA,
}
"""Scripts by the attribute of Celery's backend that holds them in versions before 1.1, which wait
for them; we use the first."""
_KEYS: Final = (".j", ".t", ".s", ".d", "", ".c")
"""The suffixes of the keys that the script takes."""
CLAIM_SECONDS: Final = 10
"""How long a part may take to send the body, before another part that runs again may send it."""
DONE_SECONDS: Final = 300
"""How long a part that runs again is known to belong to a complete chord."""
LOCKS: Final[dict[str, str]] = {
    "lua_release": Lock.LUA_RELEASE_SCRIPT,
    "lua_extend": Lock.LUA_EXTEND_SCRIPT,
    "lua_reacquire": Lock.LUA_REACQUIRE_SCRIPT,
}
"""Scripts by the attribute of redis-py's class that holds them."""
WAIT_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.2


class Loaded:
    """A script that the controller loads."""

    def __init__(self, text: str) -> None:
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, keys: list[Any], args: list[Any], client: redis.Redis) -> Any:
        """Run the script like redis-py's `Script`, but wait where that would load it."""
        until = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return client.evalsha(self.sha, len(keys), *keys, *args)
            except NoScriptError:
                if time.monotonic() > until:
                    raise
                time.sleep(POLL_SECONDS)


def install(app: Celery, *, waits: bool) -> None:
    """Use these scripts in this application; it waits for them if it may not load them."""
    count = Loaded(PART_RETURN) if waits else app.backend.client.register_script(PART_RETURN)
    app.backend.on_chord_part_return = partial(part_returned, app.backend, count)
    if not waits:
        return
    for name, text in LOCKS.items():
        setattr(Lock, name, Loaded(text))


def part_returned(
    backend: Any,
    count: Callable[..., Any],
    request: Any,
    state: str,
    result: Any,
    **_options: Any,
) -> None:
    """Count a part of a chord, and send the chord's body after the last.

    A part that failed does not count: the controller decides what follows.
    """
    task_id, group = request.id, request.group
    if not task_id or not group or state != states.SUCCESS:
        return
    place = "+inf" if request.group_index is None else request.group_index
    names = {suffix: backend.get_key_for_group(group, suffix) for suffix in _KEYS}
    part = backend.encode([1, task_id, state, result])
    expires = backend.chord_expires, backend._chord_result_expires, CLAIM_SECONDS
    keys, values = [*names.values()], [task_id, part, 1, place, *expires, task_id]
    *_, claimed = count(keys=keys, args=values, client=backend.client)
    if not claimed:
        return
    body = maybe_signature(request.chord, app=backend.app)
    try:
        backend.app.amqp._retry_publish(body.delay, [])
    except (OperationalError, redis.RedisError):
        log.exception("the body of a chord was not sent; the sweeper finds it")
        return
    with backend.client.pipeline(transaction=False) as pipe:
        pipe.set(names.pop(".c"), "done", ex=DONE_SECONDS)
        pipe.delete(*names.values())
        pipe.execute()


def keep_size(backend: Any, group: str, size: int) -> None:
    """Store the number of parts of a chord; each of ours has an id that was never used."""
    backend._set_chord_key(backend.get_key_for_group(group, ".s"), size)


def load(client: redis.Redis) -> None:
    """Load all scripts that nodes need; this can be repeated."""
    pipe = client.pipeline(transaction=False)
    for text in (*CHORDS.values(), *LOCKS.values()):
        pipe.script_load(text)
    pipe.execute()

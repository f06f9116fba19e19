"""Celery's scripts, for workers that may run scripts and load none.

Whoever may load a script may load an endless loop. So the controller loads what the libraries of
a node with a token use (`load`), and the node waits until it has (`Loaded`): after a restart or a
wipe of Redis for a moment. The scripts of redis-py's locks are among them, as kombu uses one.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any, Final

import redis
from celery import Celery
from celery.backends.redis import (
    CHORD_CLAIM_EXTEND_LUA,
    CHORD_CLEANUP_LUA,
    CHORD_PART_RETURN_LUA,
)
from redis.exceptions import NoScriptError
from redis.lock import Lock

CHORDS: Final[dict[str, str]] = {
    "_chord_part_return_script": CHORD_PART_RETURN_LUA,
    "_chord_cleanup_script": CHORD_CLEANUP_LUA,
    "_chord_claim_extend_script": CHORD_CLAIM_EXTEND_LUA,
}
"""By the attribute of Celery's backend that holds it."""
LOCKS: Final[dict[str, str]] = {
    "lua_release": Lock.LUA_RELEASE_SCRIPT,
    "lua_extend": Lock.LUA_EXTEND_SCRIPT,
    "lua_reacquire": Lock.LUA_REACQUIRE_SCRIPT,
}
"""By the attribute of redis-py's class that holds it."""
WAIT_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.2


class Loaded:
    """A script that the controller has loaded, or will."""

    def __init__(self, text: str) -> None:
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, keys: list[Any], args: list[Any], client: redis.Redis) -> Any:
        """Run it as redis-py's `Script` does, and wait where that would load it."""
        until = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return client.evalsha(self.sha, len(keys), *keys, *args)
            except NoScriptError:
                if time.monotonic() > until:
                    raise
                time.sleep(LOOK_SECONDS)


def use_loaded(app: Celery, *, waits: bool) -> None:
    """Let this application wait for its scripts, where it may not load them."""
    if not waits:
        return
    for name, text in CHORDS.items():
        setattr(app.backend, name, Loaded(text))
    for name, text in LOCKS.items():
        setattr(Lock, name, Loaded(text))


def load(client: redis.Redis) -> None:
    """Load all that nodes need; loading again changes nothing."""
    pipe = client.pipeline(transaction=False)
    for text in (*CHORDS.values(), *LOCKS.values()):
        pipe.script_load(text)
    pipe.execute()

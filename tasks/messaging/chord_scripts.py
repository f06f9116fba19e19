"""Celery's Lua scripts, for workers that may run scripts but not load them.

A node that may load scripts could load an endless loop. So the controller loads the scripts that
the libraries of a node with a token use (`load`), and the node waits for them (`Loaded`), for a
moment after a restart or a wipe of Redis. kombu also uses the scripts of redis-py's locks.
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
"""Scripts by the attribute of Celery's backend that holds them."""
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


def use_loaded(app: Celery, *, waits: bool) -> None:
    """Make this application wait for its scripts if it may not load them."""
    if not waits:
        return
    for name, text in CHORDS.items():
        setattr(app.backend, name, Loaded(text))
    for name, text in LOCKS.items():
        setattr(Lock, name, Loaded(text))


def load(client: redis.Redis) -> None:
    """Load all scripts that nodes need; this can be repeated."""
    pipe = client.pipeline(transaction=False)
    for text in (*CHORDS.values(), *LOCKS.values()):
        pipe.script_load(text)
    pipe.execute()

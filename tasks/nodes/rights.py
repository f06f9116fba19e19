"""Make the Redis ACL rule of a node with a token.

Such a node takes messages only from the queues of its environments. It can push to every stage
queue, because it publishes the next link of its job's chain; workers run only signed calls
(`tasks/messaging/call_keys.py`). It has no rights to shared state such as streams, leases and
heartbeats, and sends requests to the controller instead (`tasks/nodes/mailbox.py`). It can run
loaded scripts, with its own rights, but cannot load any.

Redis 7 or newer is required, for separate read and write rights and for selectors.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from config.environments import ENVIRONMENTS, queues_served
from tasks.messaging import keys
from tasks.messaging.routing import unacked

COMMANDS: Final = (
    *("-@all", "+@read", "+@write", "+@transaction"),
    # Commands that affect more than the keys they name, or that list keys.
    *("-@dangerous", "-@admin", "-@keyspace", "-@scripting"),
    *("+del", "+unlink", "+exists", "+expire", "+pexpire", "+ttl"),
    "+evalsha",  # these rights also apply to the calls of a script
    *("+ping", "+select", "+time", "+publish", "+client|setname"),
)

_CHORDS: Final = "celery-taskset-meta-*"
"""Counters of chords; their random ids are only in the messages of the chord."""
READS: Final = (keys.stop("*"), keys.attempt("*"), keys.engine_failures("*"))

_REPLIES: Final = "*.reply.celery.pidbox"
_REPLY_BINDINGS: Final = "_kombu.binding.reply.celery.pidbox"


def rule(node: str, environments: Iterable[str], database: int = 0) -> list[str]:
    """Return the `ACL SETUSER` rule of a node with workers of these environments.

    >>> rule("gpu-1", ["media"])[-1]
    '(+xadd %W~callsheet:inbox:gpu-1)'
    """
    mine = sorted(set(environments))
    taken = sorted({queue for name in mine for queue in queues_served(name)})
    others = [name for name in ENVIRONMENTS if name not in taken]
    own = [f"~{key}" for name in mine for key in unacked(name).values()]
    own += [f"~{name}@{node}.*.celery.pidbox*" for name in mine]  # requests to its workers
    workers = [f"{name}@{node}.*" for name in mine]
    return [
        *COMMANDS,
        *(f"~{pattern}" for queue in taken for pattern in _lists(queue)),
        *own,
        f"~{_CHORDS}",
        *(f"%R~{pattern}" for pattern in (*READS, *map(keys.drained, workers))),
        f"&/{database}.celeryev/*",
        _selector("+lpush", "+llen", *(f"%W~{p}" for queue in others for p in _lists(queue))),
        _selector("+lpush", f"%W~{_REPLIES}"),
        _selector("+smembers", "+exists", f"%R~{_REPLY_BINDINGS}"),
        # It receives broadcasts to all workers, and sends none.
        _selector("+psubscribe", "+punsubscribe", f"&/{database}.celery.pidbox"),
        _selector(
            "+blpop",
            f"~{keys.answer(node, '*')}",
            *(f"~{keys.unload_requests(w)}" for w in workers),
        ),
        _selector("+xadd", f"%W~{keys.inbox(node)}"),
    ]


def environments_of(rule_text: str) -> list[str]:
    """Return the environments of a rule, in the form in which Redis shows it.

    >>> environments_of("on #ab " + " ".join(rule("gpu-1", ["media", "script"])))
    ['script', 'media']
    """
    words = set(rule_text.split())
    return [name for name in ENVIRONMENTS if f"~{unacked(name)['unacked_key']}" in words]


def _lists(queue: str) -> tuple[str, str]:
    """Return patterns for the lists of a queue (`tasks.messaging.routing.lists_of`)."""
    return queue, f"{queue}??[369]"


def _selector(*rights: str) -> str:
    return f"({' '.join(rights)})"

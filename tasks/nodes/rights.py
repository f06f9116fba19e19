"""What a worker on somebody else's machine may do with our Redis: an ACL rule a node.

It takes messages from the queues of its environments alone, and pushes to every stage queue, as
it publishes the next link of its job's chain; workers run what is signed
(`tasks/messaging/call_keys.py`). To what is shared, streams, leases, heartbeats and the rest, it
has no right at all: it asks the controller, in an inbox of its own (`tasks/nodes/mailbox.py`). It
may run scripts that are loaded, with its own rights, and load none.

Redis 7 or newer: rights to a key by what is done with it, and selectors.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from config.environments import ENVIRONMENTS, queues_served
from tasks.messaging import keys
from tasks.messaging.routing import unacked

COMMANDS: Final = (
    *("-@all", "+@read", "+@write", "+@transaction"),
    # Whatever reaches beyond the keys that it names, or looks for names of keys.
    *("-@dangerous", "-@admin", "-@keyspace", "-@scripting"),
    *("+del", "+unlink", "+exists", "+expire", "+pexpire", "+ttl"),
    "+evalsha",  # a script's own calls are held to these rights, too
    *("+ping", "+select", "+time", "+publish", "+client|setname"),
)

_CHORDS: Final = "celery-taskset-meta-*"
"""How many of a chord's parts are done: by a random id, which goes with its messages alone."""
READS: Final = (keys.stop("*"), keys.attempt("*"), keys.engine_failures("*"))

_REPLIES: Final = "*.reply.celery.pidbox"
_REPLY_BINDINGS: Final = "_kombu.binding.reply.celery.pidbox"


def rule(node: str, environments: Iterable[str], database: int = 0) -> list[str]:
    """The rule of a node with workers of these environments, as `ACL SETUSER` takes it.

    >>> rule("gpu-1", ["media"])[-1]
    '(+xadd %W~callsheet:inbox:gpu-1)'
    """
    mine = sorted(set(environments))
    taken = sorted({queue for name in mine for queue in queues_served(name)})
    others = [name for name in ENVIRONMENTS if name not in taken]
    own = [f"~{key}" for name in mine for key in unacked(name).values()]
    own += [f"~{name}@{node}.*.celery.pidbox*" for name in mine]  # what its workers are asked
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
        # It hears what is asked of all workers, and asks nothing.
        _selector("+psubscribe", "+punsubscribe", f"&/{database}.celery.pidbox"),
        _selector(
            "+blpop",
            f"~{keys.answer(node, '*')}",
            *(f"~{keys.unload_requests(w)}" for w in workers),
        ),
        _selector("+xadd", f"%W~{keys.inbox(node)}"),
    ]


def environments_of(rule_text: str) -> list[str]:
    """Which environments a rule was made for, as Redis shows it.

    >>> environments_of("on #ab " + " ".join(rule("gpu-1", ["media", "script"])))
    ['script', 'media']
    """
    words = set(rule_text.split())
    return [name for name in ENVIRONMENTS if f"~{unacked(name)['unacked_key']}" in words]


def _lists(queue: str) -> tuple[str, str]:
    """Patterns for the lists of a queue (`tasks.messaging.routing.lists_of`), in plain
    characters."""
    return queue, f"{queue}??[369]"


def _selector(*rights: str) -> str:
    return f"({' '.join(rights)})"

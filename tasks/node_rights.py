"""What a worker on somebody else's machine may do with our Redis: an ACL rule a node.

It pushes to every stage queue, as it publishes the next link of its job's chain, and takes
from its own alone. It adds to the ledger and the sessions and reads neither. What it says it
is trusted with: a node that lies about its stages can spoil the jobs it works for, not read
or end those of others.

Redis 7 or newer: rights to a key by what is done with it, and selectors.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from config.environments import ENVIRONMENTS, queues_served
from tasks import keys
from tasks.routing import unacked

COMMANDS: Final = (
    *("-@all", "+@read", "+@write", "+@transaction"),
    # Whatever reaches beyond the keys that it names, or looks for names of keys.
    *("-@dangerous", "-@admin", "-@keyspace", "-@scripting"),
    *("+del", "+unlink", "+exists", "+expire", "+pexpire", "+ttl"),
    *(
        "+evalsha",
        "+script|load",
        "+script|exists",
    ),  # a script's own calls are held to these rights, too
    *("+ping", "+select", "+time", "+publish", "+client|setname"),
)

_WORKS_WITH: Final = (
    keys.NODES,
    keys.DOING,
    keys.OUTSIDE,
    f"{keys.OUTSIDE}:*",
    keys.FOOTPRINTS,
    *(key("*") for key in (keys.card, keys.asked, keys.handed_on, keys.expected)),
    *(key("*") for key in (keys.progress, keys.drained, keys.broke)),
    *(key("*") for key in (keys.lease, keys.pulse, keys.used)),
    # Celery's: how many of a chord's parts are done, and who listens to broadcasts. Messages
    # of stages go by the name of their queue, so no binding leads them anywhere.
    "celery-task-meta-*",
    "celery-taskset-meta-*",
    "_kombu.binding*",
)
_READS: Final = (keys.stop("*"), keys.attempt("*"), keys.evicting("*"))
_ADDS_TO: Final = (keys.LEDGER, keys.session("*"))
_TELLS: Final = (keys.LIVE, "celery-task-meta-*")
"""Channels, beside Celery's events."""

_REPLIES: Final = "*.reply.celery.pidbox"


def rule(environments: Iterable[str], database: int = 0) -> list[str]:
    """The rule of a node with workers of these environments, as `ACL SETUSER` takes it.

    >>> rule(["media"])[-1]
    '(+psubscribe +punsubscribe &/0.celery.pidbox)'
    """
    mine = sorted(set(environments))
    taken = sorted({queue for name in mine for queue in queues_served(name)})
    others = [name for name in ENVIRONMENTS if name not in taken]
    own = [f"~{key}" for name in mine for key in unacked(name).values()]
    own += [f"~{name}@*.celery.pidbox*" for name in mine]  # what its workers are asked
    return [
        *COMMANDS,
        *(f"~{pattern}" for queue in taken for pattern in _lists(queue)),
        *own,
        *(f"~{pattern}" for pattern in _WORKS_WITH),
        *(f"%R~{pattern}" for pattern in _READS),
        *(f"%W~{pattern}" for pattern in _ADDS_TO),
        *(f"&{channel}" for channel in (*_TELLS, f"/{database}.celeryev/*")),
        _selector("+lpush", "+llen", *(f"%W~{p}" for queue in others for p in _lists(queue))),
        _selector("+lpush", f"%W~{_REPLIES}"),
        # It hears what is asked of all workers, and asks nothing.
        _selector("+psubscribe", "+punsubscribe", f"&/{database}.celery.pidbox"),
    ]


def environments_of(rule_text: str) -> list[str]:
    """Which environments a rule was made for, as Redis shows it.

    >>> environments_of("on #ab " + " ".join(rule(["media", "script"])))
    ['script', 'media']
    """
    words = set(rule_text.split())
    return [name for name in ENVIRONMENTS if f"~{unacked(name)['unacked_key']}" in words]


def _lists(queue: str) -> tuple[str, str]:
    """Patterns for the lists of a queue (`tasks.routing.lists_of`), in plain characters."""
    return queue, f"{queue}??[369]"


def _selector(*rights: str) -> str:
    return f"({' '.join(rights)})"

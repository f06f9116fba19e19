"""Compare the provider keys of workers: a task is asked for with the key that created it.

Any worker of the queue may be asked, so all of them need the same keys under the same labels.
Workers report labels only, so that two keys under one label are not noticed.
"""

from __future__ import annotations

from collections.abc import Iterable

from config.environments import HOSTED
from tasks.nodes.registry import Node


def missing(nodes: Iterable[Node]) -> dict[str, list[str]]:
    """Return the keys (`PROVIDER:LABEL`) that a worker lacks and another one has, by worker."""
    held = {
        node.name: {str(name) for name in node.extra.get("provider_keys", ())}
        for node in nodes
        if HOSTED in node.queues and not node.draining
    }
    known = set[str]().union(*held.values())
    return {name: sorted(known - mine) for name, mine in sorted(held.items()) if known - mine}

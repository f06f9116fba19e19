"""Delete keys that hold a value of a wrong type; Redis may be wiped at any time anyway."""

from __future__ import annotations

import logging
from typing import Any, Final

from config.environments import ENVIRONMENTS
from tasks.messaging import keys
from tasks.messaging.routing import lists_of, unacked
from web.monitoring.turning import TURN
from web.services import Services

log = logging.getLogger(__name__)

_TYPES: Final = {
    **dict.fromkeys((keys.EVENT_STREAM, keys.WAKE), "stream"),
    **dict.fromkeys((keys.NODES, keys.RUNNING_TASKS, keys.PROCESSES, keys.ALARMS, TURN), "hash"),
    **dict.fromkeys((keys.MARKER, keys.CONTROL, keys.MODE), "string"),
    **{name: "list" for queue in ENVIRONMENTS for name in lists_of(queue)},
    **{unacked(name)["unacked_key"]: "hash" for name in ENVIRONMENTS},
    keys.CIRCUITS: "set",
    keys.MODEL_SIZES: "hash",
}


def wrong_types(services: Services) -> list[str]:
    """Delete the keys of a wrong type and return them."""
    pipe = services.redis.pipeline(transaction=False)
    for name in _TYPES:
        pipe.type(name)
    found: list[Any] = pipe.execute()
    wrong = [
        name
        for (name, kind), there in zip(_TYPES.items(), found, strict=True)
        if there not in (kind, "none")
    ]
    if wrong:
        log.error("deleted keys of a wrong type: %s", ", ".join(wrong))
        services.redis.delete(*wrong)
    return wrong

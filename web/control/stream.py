"""Repair the controller's keys in Redis, above all the event stream.

Redis accepts any id above the last one. After the highest possible id nothing could be added to
the stream, and after an id of next year every later event would get ids of that year. Keys of a
wrong type are deleted: Redis may be wiped at any time anyway.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import Any, Final

from config.environments import ENVIRONMENTS
from tasks.domain.events import id_order
from tasks.messaging import keys
from tasks.messaging.event_bus import StreamBatch, Unreadable
from tasks.messaging.routing import lists_of, unacked
from web.events.position import highest_position
from web.monitoring.turning import TURN
from web.services import Services

log = logging.getLogger(__name__)

AHEAD_MS = 86_400_000
"""Milliseconds by which an id may be ahead of the clock and of every applied id."""
_TYPES: Final = {
    **dict.fromkeys((keys.EVENT_STREAM, keys.WAKE, keys.DECISIONS), "stream"),
    **dict.fromkeys((keys.NODES, keys.RUNNING_TASKS, keys.PROCESSES, keys.ALARMS, TURN), "hash"),
    **dict.fromkeys((keys.MARKER, keys.CONTROL, keys.MODE), "string"),
    **{name: "list" for queue in ENVIRONMENTS for name in lists_of(queue)},
    **{unacked(name)["unacked_key"]: "hash" for name in ENVIRONMENTS},
    keys.CIRCUITS: "set",
    keys.MODEL_SIZES: "hash",
}


def repair(services: Services, batch: StreamBatch, before: str) -> StreamBatch:
    """Remove entries with ids from the future, and restart the stream if there are any.

    Entries behind them are lost too; the sweeper finds the lost work.
    """
    if not _ahead(batch.after, time.time()):
        return batch
    now = float(services.redis.time()[0])
    highest = highest_position()
    latest = max(1000 * now, id_order(highest)[0]) + AHEAD_MS
    if id_order(batch.after)[0] <= latest:
        return batch
    log.error("event stream restarted: it had ids of the future", extra={"above": highest})
    good = [e for e in batch.entries if id_order(e.event.event_id)[0] <= latest]
    future = [e for e in batch.entries if id_order(e.event.event_id)[0] > latest]
    unreadable = [*batch.unreadable]
    for entry in future:
        fields = {"event": entry.event.to_json()}
        unreadable.append(Unreadable(entry.event.event_id, fields, "its id is in the future"))
    services.redis.delete(keys.EVENT_STREAM, keys.DECISIONS)
    services.bus.seed(max(highest, before, *(e.event.event_id for e in good), key=id_order))
    after = max([before, *(e.event.event_id for e in good)], key=id_order)
    return replace(batch, entries=good, after=after, unreadable=unreadable)


def _ahead(event_id: str, seconds: float) -> bool:
    return id_order(event_id)[0] > 1000 * seconds + AHEAD_MS


def delete_wrong_types(services: Services) -> list[str]:
    """Delete the keys of a wrong type and return them."""
    pipe = services.redis.pipeline(transaction=False)
    for name in _TYPES:
        pipe.type(name)
    present: list[Any] = pipe.execute()
    wrong = [
        name
        for (name, kind), actual in zip(_TYPES.items(), present, strict=True)
        if actual not in (kind, "none")
    ]
    if wrong:
        log.error("keys of a wrong type deleted", extra={"keys": wrong})
        services.redis.delete(*wrong)
    return wrong

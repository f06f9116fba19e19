"""Which engines of this worker are in service: one that keeps breaking takes itself out.

Three different pieces of work in a row, not three tries of one: a single piece that no
engine can do must not take every worker out. Out of service is what the heartbeat says, so
nothing is planned for it here, and what was planned goes to another worker. After a rest it
is probed and gets one chance; the next break sends it off for twice as long. Starting the
worker anew brings it back at once.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace

from tasks.domain.offers import Offer

log = logging.getLogger(__name__)

IN_A_ROW = 3
REST_SECONDS = 60.0
LONGEST_REST = 960.0

Name = tuple[str, str]
"""Stage and engine."""


@dataclass(slots=True)
class _Record:
    """How it went with one engine lately."""

    broken: set[str] = field(default_factory=set)
    """The pieces of work it broke on since it last succeeded, by content key."""
    rest: float = REST_SECONDS
    out_until: float | None = None
    why: str = ""


class EngineHealth:
    """Written by the stage that runs, read by the heartbeat."""

    def __init__(self) -> None:
        self._records: dict[Name, _Record] = {}

    def record_success(self, name: Name) -> None:
        self._records.pop(name, None)

    def record_failure(self, name: Name, key: str, why: str) -> bool:
        """Note it; True when that takes the engine out of service."""
        record = self._records.setdefault(name, _Record(rest=REST_SECONDS))
        record.broken.add(key)
        if len(record.broken) < IN_A_ROW:
            return False
        record.why = f"It broke {IN_A_ROW} times in a row: {why}."
        record.out_until = time.monotonic() + record.rest
        log.error("%s/%s is out of service: %s", *name, record.why)
        return True

    def is_out_of_service(self, name: Name) -> bool:
        record = self._records.get(name)
        return record is not None and record.out_until is not None

    def rested(self) -> list[Name]:
        """Engines that have been out for long enough to be probed."""
        moment = time.monotonic()
        records = list(self._records.items())
        return [name for name, r in records if r.out_until is not None and r.out_until <= moment]

    def give_chance(self, name: Name, *, able: bool) -> None:
        """After a probe: back for one piece of work, or off for as long again."""
        record = self._records[name]
        if not able:
            record.out_until = time.monotonic() + record.rest
            return
        log.info("%s/%s is back in service", *name)
        record.rest = min(2 * record.rest, LONGEST_REST)
        record.broken = set(sorted(record.broken)[: IN_A_ROW - 1])
        record.out_until = None

    def annotate(self, offer: Offer) -> Offer:
        """An offer as it stands now."""
        name = (offer.stage, offer.name)
        if not self.is_out_of_service(name):
            return offer
        remedy = "It is probed again after a while; starting the worker anew brings it back now."
        why = self._records[name].why
        return replace(offer, ok=False, out_of_service=True, why=why, remedy=remedy)

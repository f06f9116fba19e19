"""Take engines of this worker out of service when they fail repeatedly.

An engine goes out of service when it fails on three different inputs in a row; one input that no
engine can process must not disable every worker. The heartbeat reports it, so nothing is planned
for it here and planned steps go to other workers. After a rest it is probed and gets one attempt;
another failure doubles the rest. A restart of the worker resets it.
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
    """The recent record of an engine."""

    broken: set[str] = field(default_factory=set)
    """The content keys on which it failed since it last succeeded."""
    rest: float = REST_SECONDS
    out_until: float | None = None
    why: str = ""


class EngineHealth:
    """The health of all engines, written by stages and read by the heartbeat."""

    def __init__(self) -> None:
        self._records: dict[Name, _Record] = {}

    def record_success(self, name: Name) -> None:
        self._records.pop(name, None)

    def record_failure(self, name: Name, key: str, why: str) -> bool:
        """Record a failure; return True if it takes the engine out of service."""
        record = self._records.setdefault(name, _Record(rest=REST_SECONDS))
        record.broken.add(key)
        if len(record.broken) < IN_A_ROW:
            return False
        record.why = f"It broke {IN_A_ROW} times in a row: {why}."
        record.out_until = time.monotonic() + record.rest
        what = {"engine": "/".join(name), "reason": record.why}
        log.error("engine taken out of service", extra=what)
        return True

    def is_out_of_service(self, name: Name) -> bool:
        record = self._records.get(name)
        return record is not None and record.out_until is not None

    def rested(self) -> list[Name]:
        """Return the engines that are due for a probe."""
        moment = time.monotonic()
        records = list(self._records.items())
        return [name for name, r in records if r.out_until is not None and r.out_until <= moment]

    def give_chance(self, name: Name, *, able: bool) -> None:
        """Apply the result of a probe: back for one attempt, or another rest."""
        record = self._records[name]
        if not able:
            record.out_until = time.monotonic() + record.rest
            return
        log.info("engine back in service", extra={"engine": "/".join(name)})
        record.rest = min(2 * record.rest, LONGEST_REST)
        record.broken = set(sorted(record.broken)[: IN_A_ROW - 1])
        record.out_until = None

    def annotate(self, offer: Offer) -> Offer:
        """Return an offer with the current health of its engine."""
        name = (offer.stage, offer.name)
        if not self.is_out_of_service(name):
            return offer
        remedy = "It is probed again after a while; restarting the worker brings it back now."
        why = self._records[name].why
        return replace(offer, ok=False, out_of_service=True, why=why, remedy=remedy)

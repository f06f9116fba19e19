"""Charging for jobs: what bills them declares itself here, so that jobs know nothing of credits.

Each run of a job (its first one, and each retry) may hold credits in the transaction that opens
it. The transition that ends it says how it ended, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy.orm import Session

from tasks.domain import territory
from tasks.domain.job import JobOptions, JobState
from tasks.domain.offers import Offer
from tasks.nodes.registry import Node
from web.jobs.models import Job
from web.services import Services


@dataclass(frozen=True, slots=True)
class Origin:
    """Who starts a run: only what its price depends on."""

    key_id: str | None = None
    """The API key of the user."""
    quote_id: str | None = None


class Hold(Protocol):
    """What the first run of a job may cost, computed before its transaction."""

    def take(self, db: Session, job: Job) -> bool:
        """Hold it; raises if it is refused. Return whether the run is billed."""


class Charging(Protocol):
    """What bills jobs."""

    def prepare(self, services: Services, options: JobOptions, origin: Origin) -> Hold | None:
        """Compute what a job may cost; None if jobs are not billed."""

    def renew(self, services: Services, db: Session, job: Job, origin: Origin) -> bool:
        """Hold what another run of a job may cost; raises if it is refused."""

    def end(self, db: Session, job_id: str, run: int, outcome: JobState, at: datetime) -> None:
        """Charge what a billed run has used, or release what it holds."""

    def receipt(self, db: Session, job: Job) -> str:
        """Describe in words what the last run of a job cost; empty if it was not billed."""


def offers(services: Services, alive: Iterable[Node], *, billed: bool) -> list[Offer]:
    """List the engines that a job may use by their licences; a billed one needs more of them."""
    found = (offer for node in alive for offer in node.offers)
    return [offer for offer in found if is_licensed(services, offer, billed=billed)]


def is_licensed(services: Services, offer: Offer, *, billed: bool) -> bool:
    """Return whether the licence of an engine allows its use here, and for money if needed."""
    if billed and not offer.commercial_use:
        return False
    return territory.covers(offer.excluded_regions, services.settings.billing.region)


_declared: Final[list[Charging]] = []


def declare(charging: Charging) -> None:
    """Let jobs be billed; called once, where the tables of the domain that bills are loaded."""
    _declared[:] = [charging]


def prepare(services: Services, options: JobOptions, origin: Origin) -> Hold | None:
    """Compute what a job may cost; None if jobs are not billed."""
    return _declared[0].prepare(services, options, origin) if _declared else None


def renew(services: Services, db: Session, job: Job, origin: Origin) -> bool:
    """Hold what another run of a job may cost; return whether it is billed."""
    return bool(_declared) and _declared[0].renew(services, db, job, origin)


def end(db: Session, job_id: str, run: int, outcome: JobState, at: datetime) -> None:
    """Report the end of a billed run."""
    for charging in _declared:
        charging.end(db, job_id, run, outcome, at)


def receipt(db: Session, job: Job) -> str:
    """Describe in words what the last run of a job cost; empty if it was not billed."""
    return _declared[0].receipt(db, job) if _declared else ""

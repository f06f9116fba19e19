"""Price a job before it runs, by the length that it will probably have.

The length of speech is not known before it is spoken. Recent jobs say how far the expected length
is off, so an estimate has a median (p50) and an upper end (p90), which a start holds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import select

from config.credit_prices import CreditPrice, CreditUnit
from config.stages import ALL_STAGES, STAGES
from tasks.domain.artifact import Blob, digest
from tasks.domain.job import JobOptions, JobState
from tasks.domain.offers import Offer, first_choices
from tasks.domain.planner import Request
from tasks.nodes.registry import Node
from web.billing.errors import LicenceNonCommercial
from web.billing.models import Charge
from web.billing.price_list import PriceList
from web.db.engine import reading
from web.jobs import charging
from web.services import Services

CHARACTERS_A_SECOND: Final = 17.0
"""For speech that is not written yet."""
FRESH_SECONDS: Final = 60
ENOUGH: Final = 20
"""Jobs from which the spread is learned; with fewer, the declared one is used."""
SAMPLES: Final = 200
_DECLARED: Final = {"script": (1.0, 1.3), "topic": (1.0, 1.6), "recording": (1.0, 1.05)}


@dataclass(frozen=True, slots=True)
class Spread:
    """The actual length as a multiple of the expected one: median and upper end."""

    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Item:
    """A line of an estimate; amounts are micro-credits."""

    stage: str
    engine: str
    """Empty: the dearest engine of the stage, because no worker offers one now."""
    unit: CreditUnit
    quantity: float
    price: int
    p50: int
    p90: int


_ITEM: Final = tuple(field.name for field in fields(Item))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a job was quoted."""

    kind: str
    """What its length was estimated from: `script`, `topic` or `recording`."""
    seconds: tuple[float, ...]
    """The expected length of each scene."""
    characters: float
    items: tuple[Item, ...]

    @property
    def p50(self) -> int:
        return sum(item.p50 for item in self.items)

    @property
    def p90(self) -> int:
        return sum(item.p90 for item in self.items)

    def high(self, stages: Iterable[str]) -> int:
        """Return the upper end of these stages."""
        wanted = set(stages)
        return sum(item.p90 for item in self.items if item.stage in wanted)

    def to_dict(self) -> dict[str, Any]:
        # By hand: each start does so, and `asdict` copies every number.
        return {
            "kind": self.kind,
            "seconds": list(self.seconds),
            "characters": self.characters,
            "items": [{name: getattr(item, name) for name in _ITEM} for item in self.items],
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Terms:
        items = tuple(Item(**item) for item in raw["items"])
        return cls(raw["kind"], tuple(raw["seconds"]), raw["characters"], items)


@dataclass(frozen=True, slots=True)
class Choices:
    """The engines that a billed job would use, and the stages that a licence forbids."""

    engines: Mapping[str, Offer | None]
    forbidden: Mapping[str, str]
    """Stage -> why the licence of its engine forbids its use."""

    def require_licences(self) -> None:
        """Refuse a job that no engine with a suitable licence can run."""
        if self.forbidden:
            raise LicenceNonCommercial(
                errors=[
                    {"field": f"engines.{stage}", "message": reason}
                    for stage, reason in self.forbidden.items()
                ]
            )


def choose(
    services: Services,
    alive: Iterable[Node],
    options: JobOptions,
    stages: Collection[str] = tuple(STAGES),
) -> Choices:
    """Choose the engines of a billed job among those that may be used here and for money."""
    nodes = list(alive)
    best = first_choices([offer for node in nodes for offer in node.offers], options, stages)
    allowed = first_choices(charging.offers(services, nodes, billed=True), options, stages)
    forbidden = {
        stage: _reason(offer)
        for stage, offer in best.items()
        if offer is not None and allowed[stage] is None
    }
    return Choices(allowed, forbidden)


def _reason(offer: Offer) -> str:
    if not offer.commercial_use:
        return f"{offer.name} is not for paid videos."
    return f"The licence of {offer.name} does not cover the region of this server."


def terms(
    options: JobOptions,
    uploads: dict[str, Blob],
    engines: Mapping[str, Offer | None],
    prices: PriceList,
    spread: Spread,
) -> Terms:
    """Price a job."""
    seconds = Request("", "", options, uploads).spoken
    characters = float(len(options.script or "")) or sum(seconds) * CHARACTERS_A_SECOND
    items = []
    for stage in billed_stages(options):
        engine, price = priced(stage, engines.get(stage), options, prices)
        if price is None:
            continue
        scenes = len(seconds) if STAGES[stage].per_scene else 1
        quantity = units(price.unit, sum(seconds), characters, scenes)
        # A given text has a known number of characters, and every job one of scenes.
        known = price.unit == "scene" or (price.unit == "character" and options.script)
        of = Spread(1.0, 1.0) if known else spread
        amounts = (amount(price.micro, quantity * factor) for factor in (of.p50, of.p90))
        items.append(Item(stage, engine, price.unit, quantity, price.micro, *amounts))
    return Terms(kind_of(options), seconds, characters, tuple(items))


def billed_stages(options: JobOptions) -> list[str]:
    """List the stages that do something for a job: a given script is not written again."""
    return [stage for stage in STAGES if stage != "script" or options.topic is not None]


def units(unit: CreditUnit, seconds: float, characters: float, scenes: int) -> float:
    """Return how many units of output this is. The time that engines take costs nothing."""
    match unit:
        case "second":
            return seconds
        case "character":
            return characters
        case "scene":
            return float(scenes)


def amount(price: int, quantity: float) -> int:
    """Return the micro-credits of a quantity."""
    return math.ceil(round(price * quantity, 3))


def kind_of(options: JobOptions) -> str:
    """Say what the length of a job is estimated from."""
    if options.use_audio_as_is:
        return "recording"
    return "script" if options.script is not None else "topic"


def fingerprint(options: JobOptions, uploads: dict[str, Blob]) -> str:
    """Identify what a quote is for: the options, and the recording where its length counts."""
    voice = uploads.get("voice") if options.use_audio_as_is else None
    return digest([options.to_dict(), voice.sha256 if voice is not None else ""])


def spread(services: Services, kind: str) -> Spread:
    """Return how far recent jobs were from their expected length."""
    period = int(time.monotonic() // FRESH_SECONDS)
    return _measured(services.settings.database_url, period).get(kind) or Spread(*_DECLARED[kind])


@lru_cache(maxsize=1)
def _measured(_database: str, _period: int) -> dict[str, Spread]:
    recent = (
        select(Charge.kind, Charge.actual_seconds / Charge.expected_seconds)
        .where(
            Charge.state == "settled",
            Charge.outcome == JobState.SUCCEEDED.value,
            Charge.actual_seconds > 0,
            Charge.expected_seconds > 0,
        )
        .order_by(Charge.created_at.desc())
        .limit(SAMPLES)
    )
    ratios: dict[str, list[float]] = {}
    with reading() as db:
        for kind, ratio in db.execute(recent):
            ratios.setdefault(kind, []).append(float(ratio or 0.0))
    return {kind: _spread(of) for kind, of in ratios.items() if len(of) >= ENOUGH}


def _spread(ratios: list[float]) -> Spread:
    """Learn a spread; its upper end is rounded up to the next ratio that was seen."""
    ordered = sorted(ratios)
    at = [ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.9)]
    return Spread(*at)


def priced(
    stage: str, offer: Offer | None, options: JobOptions, prices: PriceList
) -> tuple[str, CreditPrice | None]:
    """Return the engine of a stage and its price; the dearest one where none is known yet."""
    if offer is not None:
        return offer.name, prices.find(offer.name, offer.environment, offer.kind)
    environment = ALL_STAGES[stage].environment
    names = [options.engines[stage]] if stage in options.engines else ALL_STAGES[stage].engines
    kinds = {name: "simulated" if name == "simulated" else "" for name in names}
    if options.mode == "simulation" and "simulated" in kinds:
        return "", prices.find("simulated", environment, "simulated")
    known = [prices.find(name, environment, kind) for name, kind in kinds.items()]
    return "", max((p for p in known if p is not None), key=lambda p: p.micro, default=None)

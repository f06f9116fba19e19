"""Estimate a job before it is started: engines, duration and cost."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from itertools import repeat
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.prices import Price, Unit
from tasks.domain.artifact import Blob
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer, first_choices
from tasks.domain.plan import EngineChoice, Plan, Step
from tasks.domain.planner import Request, make_plan
from tasks.domain.splitter import split
from web.db.engine import reading
from web.jobs.dispatch import Dispatcher
from web.jobs.forecast import estimated_start, forecast
from web.jobs.history import history
from web.jobs.models import Job
from web.jobs.planning import Capacity
from web.jobs.warnings import of_engines
from web.services import Services
from web.sessions.models import Upload

CHARACTERS_A_SECOND: Final = 17.0
"""For speech that is not written yet."""
CHARACTERS_A_TOKEN: Final = 4.0
ASKING_TOKENS: Final = 400
"""The length of the prompt of a hosted writer."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the bill."""

    stage: str
    engine: str
    unit: Unit
    quantity: float
    amount: float


@dataclass(frozen=True, slots=True)
class Cost:
    """The priced items, and the engines without a price."""

    items: tuple[Item, ...]
    unpriced: tuple[str, ...]

    @property
    def amount(self) -> float:
        return sum(item.amount for item in self.items)


def quote(services: Services, options: JobOptions, session_id: str | None) -> dict[str, Any]:
    """Estimate a job; nothing is stored, and its plan is made when it is dispatched."""
    capacity = Dispatcher(services).capacity()
    choices = first_choices((offer for node in capacity.alive for offer in node.offers), options)
    request = Request("", "", options, newest_uploads(session_id))
    known = {
        "language": options.language,
        "scenes": len(request.spoken),
        "length_seconds": sum(request.spoken),
        "workers": len(capacity.alive),
        "engines": [_engine(stage, offer) for stage, offer in choices.items() if offer],
        "missing": [stage for stage, offer in choices.items() if offer is None],
        **_queue_estimate(services, capacity),
    }
    offers = {stage: offer for stage, offer in choices.items() if offer is not None}
    engines = {stage: offer.choice(options) for stage, offer in offers.items()}
    known["warnings"] = of_engines(options, engines)
    if known["missing"]:
        unknown = {"seconds": None, "seconds_range": None, "based_on_jobs": 0, "cost": None}
        return known | unknown | {"plan": None}
    plan = make_plan(request, engines, history(services))
    known["plan"] = {"scenes": _scenes(request), "steps": [_step(step) for step in plan.steps]}
    return known | _time(services, plan, capacity) | _cost(services, plan, request, offers)


def newest_uploads(session_id: str | None) -> dict[str, Blob]:
    """Get the newest uploads: a recording's length counts where it is used as it is."""
    if session_id is None:
        return {}
    newest_last = select(Upload).where(Upload.session_id == session_id).order_by(Upload.created_at)
    with reading() as db:
        return {upload.kind: upload.blob for upload in db.scalars(newest_last)}


def _scenes(request: Request) -> list[dict[str, Any]]:
    """List the scenes; their texts are known only if the script is given."""
    script = request.options.script
    texts = [scene.text for scene in split(script)] if script is not None else repeat(None)
    timed = zip(request.spoken, texts, strict=False)
    return [
        {"scene": index, "text": text, "seconds": seconds}
        for index, (seconds, text) in enumerate(timed)
    ]


def _step(step: Step) -> dict[str, Any]:
    return {
        "stage": step.stage,
        "scene": step.scene,
        "engine": step.engine.name,
        "seconds": round(step.seconds, 2),
    }


def _engine(stage: str, offer: Offer) -> dict[str, Any]:
    return {"stage": stage, "engine": offer.name, "kind": offer.kind, "hosted": offer.hosted}


def _queue_estimate(services: Services, capacity: Capacity) -> dict[str, Any]:
    """Count the waiting jobs, and predict when one more would start."""
    with reading() as db:
        ahead = _waiting(db)
        waits = ahead > 0 or not capacity.has_room
        begins = estimated_start(services, db, ahead + 1 if waits else None)
    return {"ahead": ahead, "estimated_start": begins}


def _waiting(db: Session) -> int:
    waiting = select(func.count()).select_from(Job).where(Job.is_waiting)
    return db.scalar(waiting) or 0


def _time(services: Services, plan: Plan, capacity: Capacity) -> dict[str, Any]:
    expected = forecast(services, plan, len(capacity.alive), capacity.in_flight)
    seconds = expected.seconds
    return {
        "seconds": seconds.likely,
        "seconds_range": [seconds.low, seconds.high],
        "based_on_jobs": expected.jobs,
    }


def _cost(
    services: Services, plan: Plan, request: Request, offers: dict[str, Offer]
) -> dict[str, Any]:
    settings = services.settings
    hosted = {offer.name for offer in offers.values() if offer.hosted}
    total = cost(plan, request, settings.prices, hosted)
    return {
        "cost": {
            "currency": settings.currency,
            "amount": total.amount,
            "items": [asdict(item) for item in total.items],
            "unpriced": list(total.unpriced),
        }
    }


def cost(
    plan: Plan, request: Request, prices: Iterable[Price], hosted: Collection[str] = ()
) -> Cost:
    """Price the engines of a plan; `hosted` engines without a price are listed as such."""
    known = {price.of: price for price in prices}
    items: list[Item] = []
    unpriced: list[str] = []
    for stage, engine in _working(plan, request.options).items():
        price = known.get(engine.name) or known.get(engine.environment)
        if price is not None:
            quantity = _quantity(price.unit, stage, plan, request)
            items.append(Item(stage, engine.name, price.unit, quantity, quantity * price.amount))
        elif engine.name in hosted:
            unpriced.append(engine.name)
    return Cost(tuple(items), tuple(unpriced))


def _working(plan: Plan, options: JobOptions) -> dict[str, EngineChoice]:
    """Choose the engines that have work to do: a given script is not written again."""
    engines = {step.stage: step.engine for step in plan.steps}
    if options.topic is None:
        engines.pop("script")
    return engines


def _quantity(unit: Unit, stage: str, plan: Plan, request: Request) -> float:
    seconds = sum(request.spoken)
    characters = len(request.options.script or "") or seconds * CHARACTERS_A_SECOND
    match unit:
        case "character":
            return characters
        case "second":
            return seconds
        case "token":
            return ASKING_TOKENS + characters / CHARACTERS_A_TOKEN
        case "hour":
            return sum(step.seconds for step in plan.of(stage)) / 3600

"""What the stages after the clips of a project cost: quoted by its plan, charged by step.

The clips are jobs of their own and have receipts of their own. An analysis costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import redis
from sqlalchemy.orm import Session

from config.credit_prices import CreditUnit
from tasks.domain.job import JobOptions
from tasks.domain.project_planner import ENHANCE, ProjectRequest
from tasks.domain.video_plan import VideoPlan
from tasks.nodes import registry
from web.billing import charging, estimates, price_list, usage
from web.billing.amounts import to_credits
from web.billing.estimates import Choices, Item, Terms, amount
from web.billing.models import Charge
from web.billing.price_list import PriceList
from web.billing.usage import Done, Line, Rules
from web.jobs.models import Job
from web.services import Services

KIND: Final = "project"
ENHANCED: Final = "enhanced"
"""The option of a project's job: the scenes whose clips are enhanced, by their index."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a plan costs beside its clips, and the engines that it was computed for."""

    terms: Terms
    choices: Choices

    def lines(self) -> list[dict[str, Any]]:
        """Describe each stage of a quote."""
        return [
            {
                "stage": item.stage,
                "engine": item.engine or None,
                "unit": item.unit,
                "quantity": round(item.quantity, 3),
                "credits": to_credits(item.p90),
            }
            for item in self.terms.items
        ]

    @property
    def credits(self) -> float:
        return to_credits(self.terms.p90)


def of_plan(services: Services, plan: VideoPlan, enhanced: tuple[int, ...] = ()) -> Price | None:
    """Price the stages that follow the clips of a plan; None if nothing is charged here."""
    billing = services.settings.billing
    if not billing.is_on:
        return None
    stages = ProjectRequest("", "", {}, plan, enhanced=enhanced).stages
    options = options_of(plan)
    choices = estimates.choose(services, _alive(services), options, stages)
    prices, size = PriceList.of(billing.prices), _Size(plan, enhanced)
    items = []
    for stage in stages:
        offer = choices.engines.get(stage)
        engine, price = estimates.priced(stage, offer, options, prices)
        if price is not None:
            quantity = size.of(price.unit, stage)
            cost = amount(price.micro, quantity)
            items.append(Item(stage, engine, price.unit, quantity, price.micro, cost, cost))
    seconds = tuple(scene.seconds for scene in plan.scenes)
    return Price(Terms(KIND, seconds, size.of("character", "voice"), tuple(items)), choices)


def options_of(plan: VideoPlan) -> JobOptions:
    """Return what decides the engines of a project's job."""
    return JobOptions(language=plan.language, voice=voice_of(plan))


def voice_of(plan: VideoPlan) -> dict[str, str]:
    """Return the voice that an engine must have, as the options of a job name it."""
    spoken = (scene.voice for scene in plan.scenes if scene.voice_line)
    voice = next((one for one in spoken if one != "upload"), "")
    return {"id": voice} if voice else {}


@dataclass(frozen=True, slots=True)
class _Size:
    """How many units a stage makes, of all scenes or of one."""

    plan: VideoPlan
    enhanced: tuple[int, ...] = ()

    def of(self, unit: CreditUnit, stage: str, scene: int | None = None) -> float:
        if stage == ENHANCE:
            mine = [i for i in self.enhanced if scene in (None, i)]
            seconds = sum(self.plan.scenes[i].seconds for i in mine)
            return estimates.units(unit, seconds, 0.0, len(mine))
        if stage != "voice":
            return estimates.units(unit, self.plan.seconds, self._letters(scene), 1)
        known = enumerate(self.plan.scenes)
        spoken = [one for i, one in known if one.voice_line and scene in (None, i)]
        seconds = sum(one.seconds for one in spoken)
        return estimates.units(unit, seconds, self._letters(scene), len(spoken))

    def _letters(self, scene: int | None) -> float:
        scenes = self.plan.scenes
        return float(sum(len(s.voice_line) for i, s in enumerate(scenes) if scene in (None, i)))


def lines(db: Session, charge: Charge) -> list[Line]:
    """List what the steps of a delivered video have used, at the prices that were quoted."""
    job = db.get_one(Job, charge.job_id)
    enhanced = tuple(job.options.get(ENHANCED, ()))
    size = _Size(VideoPlan.from_dict(job.options["video_plan"]), enhanced)

    def quantity(unit: CreditUnit, step: Done) -> float:
        return size.of(unit, step.stage, step.scene)

    rules = Rules(
        prices=price_list.of_version(db, charge.price_version),
        after_attempt=charge.after_attempt,
        charge_reused=charge.charge_reused,
        charge=True,
    )
    stages = ProjectRequest("", "", {}, size.plan, enhanced=enhanced).stages
    return usage.grouped(charging.steps_of(db, job, facts=False), stages, rules, quantity)


def _alive(services: Services) -> list[registry.Node]:
    try:
        return list(registry.alive(services.redis))
    except redis.RedisError:
        return []  # the dearest engines are assumed


charging.declare_lines(KIND, lines)

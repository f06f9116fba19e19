"""Choose the engine of each stage from those that live nodes offer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from config.stages import STAGES
from tasks.domain import wire
from tasks.domain.errors import EngineUnavailable
from tasks.domain.job import JobOptions
from tasks.domain.plan import EngineChoice


@dataclass(frozen=True, slots=True)
class Offer:
    """An engine, as a node's heartbeat describes it."""

    stage: str
    name: str
    version: str
    kind: str
    environment: str
    weights: str = ""
    seconds: float = 0.0
    ok: bool = True
    why: str = ""
    remedy: str = ""
    warps_still: bool = False
    voice_match: str = ""
    licence: str = ""
    commercial_use: bool = True
    languages: tuple[str, ...] = ()
    out_of_service: bool = False
    """Whether it failed repeatedly and is not used at the moment; `why` says how it failed."""
    device: str = ""
    """The device that it computes on."""
    hosted: bool = False
    """Whether an external service does the work, and may charge for it."""

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Offer:
        return wire.build(cls, raw)

    def is_of(self, engine: EngineChoice) -> bool:
        """Return whether this offer is the engine that a plan fixed."""
        return (self.name, self.version, self.weights) == (
            engine.name,
            engine.version,
            engine.weights,
        )

    def choice(self) -> EngineChoice:
        return EngineChoice(
            name=self.name,
            version=self.version,
            kind=self.kind,
            weights=self.weights,
            seconds=self.seconds,
            environment=self.environment,
            warps_still=self.warps_still,
            voice_match=self.voice_match,
            licence=self.licence,
            commercial_use=self.commercial_use,
            device=self.device,
        )


def choose(
    offers: Iterable[Offer], options: JobOptions, only: Collection[str] = tuple(STAGES)
) -> dict[str, EngineChoice]:
    """Choose an engine for every stage; raise with all the stages that have none."""
    best = {stage: o for stage, o in first_choices(offers, options).items() if stage in only}
    missing = [stage for stage, offer in best.items() if offer is None]
    if missing:
        raise EngineUnavailable(
            f"No available worker can run these stages: {', '.join(missing)}.",
            stages=missing,
            mode=options.mode,
        )
    return {stage: offer.choice() for stage, offer in best.items() if offer is not None}


def first_choices(offers: Iterable[Offer], options: JobOptions) -> dict[str, Offer | None]:
    """Return the best offer for each stage; None if there is none."""
    able = [offer for offer in offers if offer.ok and _is_suitable(offer, options)]
    return {
        stage: min(
            (offer for offer in able if offer.stage == stage),
            key=lambda offer: _rank(offer, options),
            default=None,
        )
        for stage in STAGES
    }


def _is_suitable(offer: Offer, options: JobOptions) -> bool:
    wanted = options.engines.get(offer.stage)
    if wanted is not None:
        return offer.name == wanted
    if options.mode == "production" and offer.kind == "simulated":
        return False
    # Simulation mode uses the simulated engine of every stage that has one.
    simulated = "simulated" in STAGES[offer.stage].engines
    if options.mode == "simulation" and simulated:
        return offer.kind == "simulated"
    if (offer.name == "recording") != (options.use_audio_as_is and offer.stage == "voice"):
        return False
    if options.use_audio_as_is and offer.stage == "script" and offer.name != "offline":
        return False  # there is nothing to write
    return not offer.languages or options.language in offer.languages


def _rank(offer: Offer, options: JobOptions) -> tuple[bool, int, bool, str]:
    """Return a sort key, best first: quality, declared order, the stage's own environment."""
    stage = STAGES[offer.stage]
    hasty = options.quality == "fast" and offer.stage == "enhance" and offer.kind != "simulated"
    return (
        hasty and offer.name != "lanczos",
        stage.engines.index(offer.name) if offer.name in stage.engines else len(stage.engines),
        offer.environment != stage.environment,
        offer.environment,
    )

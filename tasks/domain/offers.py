"""Choose the engine of each stage from those that live nodes offer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from config.stages import ALL_STAGES, STAGES, Stage
from tasks.domain import wire
from tasks.domain.errors import EngineUnavailable
from tasks.domain.job import JobOptions
from tasks.domain.plan import EngineChoice
from tasks.domain.voices import default_voice, primary, spoken_by


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
    excluded_regions: tuple[str, ...] = ()
    """Where its licence does not allow its use (`tasks.domain.territory`)."""
    languages: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    """The voices that a request may name."""
    out_of_service: bool = False
    """Whether it failed repeatedly and is not used at the moment; `why` says how it failed."""
    device: str = ""
    """The device that it computes on."""
    hosted: bool = False
    """Whether an external service does the work, and may charge for it."""
    params: tuple[str, ...] | None = None
    """The parameters that it reads; None (an older node): it may read any."""
    files: tuple[str, ...] | None = None
    """The input files that it reads; None: any."""
    uses_seed: bool = True

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

    def choice(self, options: JobOptions) -> EngineChoice:
        """Return this engine for a job with these options."""
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
            voice=self._voice(options),
            params=self.params,
            files=self.files,
            uses_seed=self.uses_seed,
        )

    def _voice(self, options: JobOptions) -> str:
        if self.stage != "voice" or not self.voices:
            return ""
        if options.voice_id:
            return options.voice_id
        register = options.voice_register
        return default_voice(self.name, options.language, self.voices, register)


def choose(
    offers: Iterable[Offer], options: JobOptions, only: Collection[str] = tuple(STAGES)
) -> dict[str, EngineChoice]:
    """Choose an engine for every stage; raise with all the stages that have none."""
    best = first_choices(offers, options, only)
    missing = [stage for stage, offer in best.items() if offer is None]
    if missing:
        raise EngineUnavailable(
            f"No available worker can run these stages: {', '.join(missing)}.",
            stages=missing,
            mode=options.mode,
        )
    return {stage: offer.choice(options) for stage, offer in best.items() if offer is not None}


def first_choices(
    offers: Iterable[Offer], options: JobOptions, stages: Collection[str] = tuple(STAGES)
) -> dict[str, Offer | None]:
    """Return the best offer for each stage; None if there is none."""
    able = [o for o in offers if o.ok and o.stage in stages and _is_suitable(o, options)]
    return {
        stage: min(
            (offer for offer in able if offer.stage == stage),
            key=lambda offer: _rank(offer, options),
            default=None,
        )
        for stage in ALL_STAGES
        if stage in stages
    }


def _is_suitable(offer: Offer, options: JobOptions) -> bool:
    wanted = options.engines.get(offer.stage)
    if _is_other_voice(offer, options):
        return False
    if wanted is not None:
        return offer.name == wanted
    if options.mode == "production" and offer.kind == "simulated":
        return False
    # Simulation mode uses the simulated engine of every stage that has one.
    simulated = "simulated" in ALL_STAGES[offer.stage].engines
    if options.mode == "simulation" and simulated:
        return offer.kind == "simulated"
    if _is_of_the_other_source(offer, options):
        return False
    return not offer.languages or primary(options.language) in offer.languages


def _is_of_the_other_source(offer: Offer, options: JobOptions) -> bool:
    """Return whether an engine is for a recording, and the job has none, or the other way."""
    if (offer.name == "recording") != (options.use_audio_as_is and offer.stage == "voice"):
        return True
    # With a recording there is nothing to write.
    return options.use_audio_as_is and offer.stage == "script" and offer.name != "offline"


def _is_other_voice(offer: Offer, options: JobOptions) -> bool:
    """Return whether an engine lacks the voice that the request names.

    A simulated one stands in for it only if the request asks for a simulation.
    """
    names_one = bool(options.voice_id or any(options.scene_voices))
    if offer.stage != "voice" or not names_one or options.use_audio_as_is:
        return False
    if offer.kind == "simulated":
        return options.mode != "simulation" and options.engines.get("voice") != "simulated"
    named = {options.voice_id, *options.scene_voices} - {""}
    return not named <= set(offer.voices)


def _rank(offer: Offer, options: JobOptions) -> tuple[bool, int, bool, str]:
    """Return a sort key, best first: accent, declared order, the stage's own environment."""
    stage = ALL_STAGES[offer.stage]
    order = preferred_engines(stage, options)
    return (
        _is_accented(offer, options),
        order.index(offer.name) if offer.name in order else len(order),
        offer.environment != stage.environment,
        offer.environment,
    )


def is_second_best(best: Offer, options: JobOptions) -> bool:
    """Return whether the stage's own environment would bring a better engine than this offer."""
    stage = STAGES[best.stage]
    if best.environment == stage.environment or stage.name in options.engines:
        return False
    return best.name != preferred_engines(stage, options)[0]


def preferred_engines(stage: Stage, options: JobOptions) -> list[str]:
    """Return the engines of a stage in the order in which a job prefers them."""
    order = list(stage.engines)
    if options.quality == "fast" and stage.name in _FASTEST:
        fast, slow = _FASTEST[stage.name]
        order.remove(fast)
        order.insert(order.index(slow), fast)
    return order


_FASTEST: Final = {"enhance": ("lanczos", "realesrgan"), "voice": ("piper", "kokoro")}
"""Engines that a job of quality `fast` prefers to another one."""


def _is_accented(offer: Offer, options: JobOptions) -> bool:
    """Return whether an engine would speak this language with the voice of another one."""
    if not (offer.voices and offer.languages):
        return False
    return not spoken_by(offer.name, options.language, offer.voices)

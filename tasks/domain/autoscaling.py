"""Choose the environments whose workers a job needs, also those that have none at the moment.

An environment that is scaled to zero offers no engines. If it is declared as autoscaled, a job
waits for its workers to start, and counts as work for it until they do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from config.stages import STAGES, Stage
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer, first_choices, is_second_best

EVERY_STAGE = "lite"
"""The environment that can run each of them."""


def to_start(
    offers: Iterable[Offer], options: JobOptions, autoscaled: Collection[str]
) -> dict[str, str]:
    """Return the stages that would run better or only in an environment without workers.

    Each with the one environment to start. An environment of which any worker is alive is scaled
    by its load, not started.
    """
    offers = list(offers)
    alive = {offer.environment for offer in offers}
    found: dict[str, str] = {}
    for name, best in first_choices(offers, options).items():
        stage = STAGES[name]
        if best is None or is_second_best(best, options):
            candidates = _candidates(stage, options, needed=best is None)
            able = (one for one in candidates if one in autoscaled)
            chosen = next(able, None)
            if chosen is not None and chosen not in alive:
                found[name] = chosen
    return found


def needed(
    offers: Iterable[Offer], options: JobOptions, autoscaled: Collection[str]
) -> frozenset[str]:
    """Return the environments whose workers a waiting job needs.

    A stage without a suitable offer and that no declared environment would run counts for all
    environments that could: they may be scaled without being declared.
    """
    offers = list(offers)
    starting = to_start(offers, options, autoscaled)
    environments = set(starting.values())
    for name, best in first_choices(offers, options).items():
        if name in starting:
            continue
        if best is not None:
            environments.add(best.environment)
        else:
            environments.update(_candidates(STAGES[name], options, needed=True))
    return frozenset(environments)


def _candidates(stage: Stage, options: JobOptions, *, needed: bool) -> tuple[str, ...]:
    """Return the environments that may run a stage, the preferred one first."""
    recording = options.use_audio_as_is and stage.name in ("script", "voice")
    if recording or (options.mode == "simulation" and "simulated" in stage.engines):
        own: tuple[str, ...] = ()
    else:
        own = (stage.environment,)
    if options.voice_id and stage.name == "voice":
        own = ()  # the voices that can be named belong to `lite`
    return (*own, EVERY_STAGE) if needed else own

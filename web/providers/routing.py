"""Choose the model of a clip: by fit first, then by price, time, quality or all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tasks.domain import territory
from tasks.domain.hosted import LOCAL
from web.providers.calls import MICRO, price_of
from web.providers.models import CLOSED, ProviderModel
from web.providers.statistics import Record

DRAFT: Final = "360p"
"""The resolution of drafts."""
SPEECH: Final = "speech"
"""What models take that let a person speak."""
ROUTINGS: Final = ("balanced", "cheapest", "fastest", "best")
_HALF_FAILED: Final = 0.5
_PRICE, _TIME, _QUALITY, _RISK = 0.35, 0.2, 0.3, 0.15


@dataclass(frozen=True, slots=True)
class Wish:
    """What a clip needs, before a model is chosen."""

    prompt: str
    seconds: float
    ratio: str
    resolution: str = ""
    draft: bool = False
    audio: bool = False
    first_frame: bool = False
    last_frame: bool = False
    speech: bool = False
    """Whether the person in the first frame speaks."""
    may_speak: bool = True
    """Whether that is allowed without a statement of consent, which clips do not have."""
    region: str = ""
    billed: bool = False
    most_micro: int | None = None
    """The most that the clip may cost, in millionths of a dollar."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that can make the clip."""

    model: ProviderModel
    seconds: float
    price_micro: int
    record: Record
    has_room: bool = True
    """Whether a key of its provider could take the clip now."""

    @property
    def minutes(self) -> float:
        return (self.record.p50 or self.model.expected_seconds) / 60


def misfit(model: ProviderModel, wish: Wish, day: date) -> str:
    """Return why a model cannot make a clip; empty if it can."""
    return next(misfits(model, wish, day), "")


def misfits(model: ProviderModel, wish: Wish, day: date) -> Iterator[str]:
    """Yield every reason why a model cannot make a clip."""
    if model.state_on(day) == CLOSED:
        yield "it is closed"
    yield from _lacks(model, wish)
    yield from _format(model, wish)
    yield from _licence(model, wish)


def _lacks(model: ProviderModel, wish: Wish) -> list[str]:
    """Return what the clip needs that the model does not take."""
    missing = {
        "it takes no first frame": wish.first_frame and "first_frame" not in model.takes,
        "it takes no last frame": wish.last_frame and "last_frame" not in model.takes,
        "it needs a first frame": not wish.first_frame and "text" not in model.takes,
        "it makes no sound": wish.audio and "audio" not in model.takes,
        "it lets no person speak": wish.speech and SPEECH not in model.takes,
        "it needs what the person says (`speech`)": not wish.speech and _only_speaks(model),
        "a person who speaks needs a consent here, which a clip cannot state": wish.speech
        and not wish.may_speak,
    }
    return [why for why, applies in missing.items() if applies]


def _only_speaks(model: ProviderModel) -> bool:
    return SPEECH in model.takes and "text" not in model.takes


def _format(model: ProviderModel, wish: Wish) -> Iterator[str]:
    if len(wish.prompt) > model.prompt_limit:
        yield f"its prompts have {model.prompt_limit} characters at most"
    if model.ratios and wish.ratio not in model.ratios:
        yield f"its ratios are {', '.join(model.ratios)}"
    if wish.draft and DRAFT not in model.resolutions:
        yield "it makes no drafts"
    elif wish.resolution and model.resolutions and wish.resolution not in model.resolutions:
        yield f"its resolutions are {', '.join(model.resolutions)}"
    if duration(model, wish.seconds) is None:
        yield f"its longest clip lasts {max(model.durations):g} s"


def _licence(model: ProviderModel, wish: Wish) -> Iterator[str]:
    if wish.billed and not model.commercial_use:
        yield "its licence forbids commercial use"
    if not territory.covers(tuple(model.excluded_regions), wish.region):
        yield "its licence does not cover this region"


def duration(model: ProviderModel, seconds: float) -> float | None:
    """Return the shortest clip of a model that is long enough."""
    if not model.durations:
        return seconds
    if model.any_duration:
        shortest, longest = min(model.durations), max(model.durations)
        return max(seconds, shortest) if seconds <= longest else None
    return min((one for one in model.durations if one >= seconds), default=None)


def candidates(
    models: Iterable[ProviderModel],
    wish: Wish,
    records: Mapping[str, Record],
    reachable: Collection[str],
    day: date,
) -> list[Candidate]:
    """List the models that can make a clip now, at providers that can be reached."""
    found = []
    for model in models:
        seconds = duration(model, wish.seconds)
        if model.provider not in reachable or seconds is None or misfit(model, wish, day):
            continue
        price = price_of(model, seconds, draft=wish.draft)
        if wish.most_micro is None or price <= wish.most_micro:
            found.append(Candidate(model, seconds, price, records.get(model.id, Record())))
    return found


def hosted_first(found: list[Candidate]) -> list[Candidate]:
    """Leave local models out where a hosted one fits: a camera move is no generated clip."""
    return [one for one in found if one.model.provider != LOCAL] or found


def order(found: Sequence[Candidate], routing: str) -> list[Candidate]:
    """Sort candidates, the one to use first.

    Behind the others come models whose keys have no room now, and then those that fail often or
    mark their clips.
    """
    if not found:
        return []
    return sorted(found, key=lambda one: (_put_off(one), *_rank(one, found, routing)))


def reason(chosen: Candidate, found: Sequence[Candidate], routing: str) -> str:
    """Say why a model was chosen."""
    of = f"of {len(found)} models that fit" if len(found) > 1 else "the only model that fits"
    if chosen.model.provider == LOCAL:
        return f"{chosen.model.id}: lite, because no hosted model that fits can be reached"
    minutes, price = f"{chosen.minutes:.1f} min", f"${chosen.price_micro / MICRO:.2f}"
    why = {
        "cheapest": f"cheapest ({price})",
        "fastest": f"fastest (about {minutes})",
        "best": f"highest quality ({chosen.model.quality} of 5)",
        "balanced": f"best balance of price ({price}), time (about {minutes}) and quality",
    }[routing]
    avoided = sum(1 for one in found if _troubled(one) and not _troubled(chosen))
    troubled = f"; {avoided} avoided because they fail often or mark their clips" if avoided else ""
    full = sum(1 for one in found if not one.has_room and not _troubled(one))
    troubled += (
        f"; {full} put off because their keys have no room" if chosen.has_room and full else ""
    )
    return (
        f"{chosen.model.id}: {why} {of}{troubled}"
        if len(found) > 1
        else (f"{chosen.model.id}: {of}")
    )


def _put_off(one: Candidate) -> int:
    return 2 if _troubled(one) else 0 if one.has_room else 1


def _troubled(one: Candidate) -> bool:
    return one.record.marks or one.record.recent_failures > _HALF_FAILED


def _rank(one: Candidate, found: Sequence[Candidate], routing: str) -> tuple[float, ...]:
    price, quality = float(one.price_micro), -float(one.model.quality)
    return {
        "cheapest": (price, one.minutes, quality),
        "fastest": (one.minutes, price, quality),
        "best": (quality, one.record.failure_rate, price),
        "balanced": (_balance(one, found), price),
    }[routing]


def _balance(one: Candidate, found: Sequence[Candidate]) -> float:
    """Weigh price, time, quality and failures, each against the worst candidate."""
    dearest = max(other.price_micro for other in found) or 1
    slowest = max(other.minutes for other in found) or 1.0
    return (
        _PRICE * one.price_micro / dearest
        + _TIME * one.minutes / slowest
        + _QUALITY * (5 - one.model.quality) / 4
        + _RISK * one.record.failure_rate
    )

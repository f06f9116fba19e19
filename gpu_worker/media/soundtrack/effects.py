"""The library of sound effects and ambiences, made by formulas (`tasks.domain.video_plan.SOUNDS`).

An effect has its own length; an ambience is as long as the scene that it fills.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gpu_worker.media.soundtrack import synthesis as make

AMBIENCES: Final = frozenset({"rain", "wind", "waves", "forest", "city", "room", "crowd"})


def effect(name: str, seconds: float, seed: int) -> Any:
    """Return a sound of the library in stereo; `seconds` is the length of an ambience."""
    if name in AMBIENCES:
        return make.faded(make.levelled(_AMBIENCES[name](seconds, seed), 0.5), 0.4, 0.6)
    return make.faded(make.levelled(_EFFECTS[name](seed)))


def _whoosh(seed: int) -> Any:
    """Noise whose band rises and falls, from the left to the right."""
    import numpy as np

    seconds = 0.7
    t = make.times(seconds)
    low, high = (
        make.filtered(make.noise(seconds, seed), *band) for band in ((150, 900), (900, 5000))
    )
    share = np.sin(np.pi * t / seconds) ** 2
    mono = (low * (1 - share) + high * share) * np.sin(np.pi * t / seconds) ** 1.5
    pan = t / seconds
    return make.stereo(mono * np.sqrt(1 - pan), mono * np.sqrt(pan))


def _impact(seed: int) -> Any:
    import numpy as np

    seconds = 1.4
    t = make.times(seconds)
    body = np.sin(2 * np.pi * (45 * t + 40 * (1 - np.exp(-t * 18)) / 18)) * np.exp(-t * 3.5)
    crack = make.filtered(make.noise(seconds, seed), 200, 3500) * np.exp(-t * 30)
    tail = make.filtered(make.noise(seconds, seed + 1), 40, 400) * np.exp(-t * 4)
    return make.stereo(body + 1.5 * crack + 0.6 * tail)


def _riser(seed: int) -> Any:
    import numpy as np

    seconds = 2.0
    t = make.times(seconds)
    share = t / seconds
    tone = np.sin(2 * np.pi * (110 * t + 165 * t * share * share))
    air = make.filtered(make.noise(seconds, seed), 800, 9000)
    return make.stereo((0.5 * tone + 1.2 * air) * share**2.2)


def _click(seed: int) -> Any:
    import numpy as np

    t = make.times(0.06)
    tick = np.sin(2 * np.pi * 2400 * t) * np.exp(-t * 220)
    return make.stereo(tick + 0.5 * make.noise(0.06, seed) * np.exp(-t * 400))


def _chime(_: int) -> Any:
    import numpy as np

    t = make.times(2.2)
    partials = ((1, 1.0, 2.2), (2.76, 0.45, 3.4), (5.4, 0.25, 5.0), (8.9, 0.1, 8.0))
    bell = sum(a * np.sin(2 * np.pi * 880 * n * t) * np.exp(-t * d) for n, a, d in partials)
    return make.stereo(bell, np.roll(bell, 12))


def _layers(seconds: float, seed: int, *bands: tuple[float, float, float]) -> Any:
    """Return noise in bands with their strengths, wide in stereo."""
    sides = []
    for side in (0, 1):
        total = sum(
            gain * make.filtered(make.noise(seconds, seed + 10 * n + side), low, high)
            for n, (low, high, gain) in enumerate(bands)
        )
        sides.append(total)
    return make.stereo(*sides)


def _swell(seconds: float, seed: int, period: float, depth: float) -> Any:
    """Return a level that rises and falls slowly and never twice the same."""
    import numpy as np

    chance = np.random.default_rng(seed)
    count = max(2, round(seconds / period) + 2)
    points = 1 - depth * chance.random(count)
    at = np.linspace(0, seconds, count)
    level = np.interp(make.times(seconds), at, points)
    return level[:, None].astype(np.float32)


def _rain(seconds: float, seed: int) -> Any:
    import numpy as np

    base = _layers(seconds, seed, (400, 9000, 1.0), (2000, 14000, 0.6))
    chance = np.random.default_rng(seed)
    for _ in range(round(seconds * 25)):
        drop = make.filtered(make.noise(0.02, int(chance.integers(2**31))), 1500, 8000)
        sound = make.stereo(make.faded(drop, 0.001, 0.015))
        make.add(base, sound, float(chance.uniform(0, seconds)), float(chance.uniform(0.3, 1.6)))
    return base


def _wind(seconds: float, seed: int) -> Any:
    return _layers(seconds, seed, (80, 500, 1.0), (400, 1200, 0.3)) * _swell(
        seconds, seed, 1.8, 0.8
    )


def _waves(seconds: float, seed: int) -> Any:
    import numpy as np

    t = make.times(seconds)
    roll = (0.25 + 0.75 * np.sin(np.pi * t / 5.5) ** 4)[:, None]
    return _layers(seconds, seed, (60, 700, 1.0), (700, 6000, 0.5)) * roll


def _forest(seconds: float, seed: int) -> Any:
    """Leaves, and birds that sing now and then."""
    import numpy as np

    base = _layers(seconds, seed, (300, 4000, 0.25)) * _swell(seconds, seed, 2.5, 0.6)
    chance = np.random.default_rng(seed)
    for _ in range(round(seconds * 0.9)):
        start = float(chance.uniform(0, seconds))
        pitch, pan = float(chance.uniform(2400, 4600)), float(chance.uniform(0.1, 0.9))
        for note in range(int(chance.integers(2, 6))):
            t = make.times(0.09)
            sweep = np.sin(2 * np.pi * (pitch * t + 3000 * t * t * chance.uniform(-1, 1)))
            song = make.faded(sweep * 0.12, 0.01, 0.03)
            bird = make.stereo(song * (1 - pan), song * pan)
            make.add(base, bird, start + 0.13 * note)
    return base


def _city(seconds: float, seed: int) -> Any:
    import numpy as np

    base = _layers(seconds, seed, (30, 250, 1.0), (250, 2500, 0.18)) * _swell(seconds, seed, 3, 0.4)
    chance = np.random.default_rng(seed)
    for _ in range(max(1, round(seconds / 4))):
        length = float(chance.uniform(2, 4))
        t = make.times(length)
        passing = make.filtered(make.noise(length, int(chance.integers(2**31))), 80, 900)
        loud = passing * np.sin(np.pi * t / length) ** 2
        pan = t / length if chance.uniform() < 0.5 else 1 - t / length
        at = float(chance.uniform(-1, seconds)) % seconds
        make.add(base, make.stereo(loud * (1 - pan), loud * pan), at)
    return base


def _room(seconds: float, seed: int) -> Any:
    import numpy as np

    hum = 0.02 * np.sin(2 * np.pi * 100 * make.times(seconds))
    return _layers(seconds, seed, (60, 1800, 0.4)) + hum[:, None].astype(np.float32)


def _crowd(seconds: float, seed: int) -> Any:
    """Many voices at once: noise in the bands of vowels, each with the rhythm of syllables."""
    import numpy as np

    chance = np.random.default_rng(seed)
    base = _layers(seconds, seed, (150, 1200, 0.3))
    for voice in range(10):
        formant = float(chance.uniform(350, 1600))
        sound = make.filtered(
            make.noise(seconds, seed + 100 + voice), formant * 0.8, formant * 1.25
        )
        talk = _swell(seconds, seed + voice, 0.18, 1.0) ** 2
        pan = float(chance.uniform(0.2, 0.8))
        base += make.stereo(sound * (1 - pan), sound * pan) * talk
    return base


_EFFECTS: Final[dict[str, Callable[[int], Any]]] = {
    "whoosh": _whoosh,
    "impact": _impact,
    "riser": _riser,
    "click": _click,
    "chime": _chime,
}
_AMBIENCES: Final[dict[str, Callable[[float, int], Any]]] = {
    "rain": _rain,
    "wind": _wind,
    "waves": _waves,
    "forest": _forest,
    "city": _city,
    "room": _room,
    "crowd": _crowd,
}

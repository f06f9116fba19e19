"""Compose and play a bed of music: chords, bass, drums and a melody, in a mood, at known beats.

Equal moods, tempos and seeds give equal music. The words of a prompt choose the mood; what none of
them names gets a calm one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from gpu_worker.media.soundtrack import synthesis as make
from gpu_worker.media.soundtrack.synthesis import RATE

BEATS_A_BAR: Final = 4
_TAIL: Final = 1.5
"""Seconds in which the music fades out at its end."""


@dataclass(frozen=True, slots=True)
class Mood:
    """What makes music sound calm or lively."""

    name: str
    words: str
    """Beginnings of the words of a prompt that name it."""
    tempo: float
    minor: bool
    chords: tuple[int, ...]
    """Steps of the scale on which the chords stand, one a bar."""
    root: int
    """The key, as a MIDI note."""
    drums: float = 0.0
    bass: float = 0.5
    plucks: float = 0.3
    bright: float = 1500.0
    """Hertz up to which the chords have overtones."""


MOODS: Final = (
    Mood(
        "calm",
        words="calm ambient soft relax gentle peaceful",
        tempo=76,
        minor=False,
        chords=(0, 5, 3, 4),
        root=48,
        drums=0,
        bass=0.35,
        plucks=0.25,
        bright=900,
    ),
    Mood(
        "happy",
        words="happy fun cheerful bright playful summer",
        tempo=112,
        minor=False,
        chords=(0, 4, 5, 3),
        root=50,
        drums=0.6,
        bass=0.6,
        plucks=0.6,
        bright=2500,
    ),
    Mood(
        "energetic",
        words="energetic upbeat sport dance fast party electronic",
        tempo=126,
        minor=True,
        chords=(0, 5, 2, 6),
        root=45,
        drums=1.0,
        bass=0.9,
        plucks=0.45,
        bright=3200,
    ),
    Mood(
        "dramatic",
        words="dramatic epic cinematic trailer powerful heroic",
        tempo=92,
        minor=True,
        chords=(0, 5, 3, 4),
        root=43,
        drums=0.7,
        bass=0.9,
        plucks=0.2,
        bright=1800,
    ),
    Mood(
        "dark",
        words="dark tense mystery suspense horror thriller",
        tempo=84,
        minor=True,
        chords=(0, 0, 5, 4),
        root=41,
        drums=0.25,
        bass=0.8,
        plucks=0.15,
        bright=700,
    ),
    Mood(
        "sad",
        words="sad melancholic emotional nostalgic slow rain",
        tempo=68,
        minor=True,
        chords=(0, 5, 2, 4),
        root=45,
        drums=0,
        bass=0.4,
        plucks=0.4,
        bright=900,
    ),
    Mood(
        "lofi",
        words="lofi lo-fi chill study hip jazz cozy",
        tempo=82,
        minor=True,
        chords=(3, 4, 0, 0),
        root=48,
        drums=0.5,
        bass=0.6,
        plucks=0.35,
        bright=1100,
    ),
    Mood(
        "corporate",
        words="corporate business tech product inspiring motivational",
        tempo=104,
        minor=False,
        chords=(0, 4, 5, 3),
        root=48,
        drums=0.45,
        bass=0.5,
        plucks=0.55,
        bright=2000,
    ),
)
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True, slots=True)
class Bed:
    """Music in stereo at `RATE`, and its beats."""

    samples: Any
    beats: tuple[float, ...]
    tempo: float
    mood: str


def mood_of(prompt: str) -> Mood:
    """Return the mood that a prompt names most; the calm one by default."""
    words = re.findall(r"[a-z-]+", prompt.lower())
    scores = [sum(word.startswith(key) for word in words for key in m.words.split()) for m in MOODS]
    return MOODS[scores.index(max(scores))]


def bed(seconds: float, prompt: str, tempo: float | None, seed: int) -> Bed:
    """Compose music of this length."""
    import numpy as np

    mood = mood_of(prompt)
    pace = tempo or mood.tempo
    beat = 60 / pace
    whole = np.zeros((round(seconds * RATE), 2), np.float32)
    chance = np.random.default_rng(seed)
    bars = int(np.ceil(seconds / (beat * BEATS_A_BAR))) + 1
    band = _Band(mood, beat, tuple(int(step) for step in chance.integers(0, 5, 8)), seed)
    for bar in range(bars):
        band.play(whole, bar)
    count = int(np.ceil(seconds / beat))
    beats = tuple(round(n * beat, 4) for n in range(count) if n * beat < seconds)
    shaped = make.faded(make.levelled(whole, 0.8), 0.02, min(_TAIL, seconds / 3))
    return Bed(shaped, beats, pace, mood.name)


@dataclass(frozen=True, slots=True)
class _Band:
    """The instruments of one piece."""

    mood: Mood
    beat: float
    melody: tuple[int, ...]
    seed: int

    def play(self, whole: Any, bar: int) -> None:
        """Add one bar; the instruments come in one after the other."""
        mood, length = self.mood, self.beat * BEATS_A_BAR
        start = bar * length
        step = mood.chords[bar % len(mood.chords)]
        notes = tuple(_note(mood, step + third) for third in (0, 2, 4))
        make.add(whole, _pad(notes, length + 0.4, mood.bright), start, 0.5)
        self._pluck(whole, bar, start, step)
        if bar >= 1:
            self._bass(whole, start, step)
            self._drum(whole, start)

    def _bass(self, whole: Any, start: float, step: int) -> None:
        every = 1 if self.mood.drums else 2
        sound = _bass(_note(self.mood, step) - 12, self.beat * 0.9)
        for number in range(0, BEATS_A_BAR, every):
            make.add(whole, sound, start + number * self.beat, 0.55 * self.mood.bass)

    def _pluck(self, whole: Any, bar: int, start: float, step: int) -> None:
        import numpy as np

        for number in range(2 * BEATS_A_BAR):
            if (number * 5 + bar * 3) % 8 < 5:
                third = self.melody[number % len(self.melody)] // 2 * 2
                side = 0.35 + 0.3 * (number % 2)
                sound = _pluck(_note(self.mood, step + third) + 12, self.beat)
                wide = sound * np.array([1 - side, side], np.float32)
                make.add(whole, wide, start + number * self.beat / 2, 0.5 * self.mood.plucks)

    def _drum(self, whole: Any, start: float) -> None:
        strength = self.mood.drums
        if not strength:
            return
        kick, clap, hat = _kick(), _clap(self.seed), _hat(self.seed)
        for number in range(BEATS_A_BAR):
            at = start + number * self.beat
            if strength > 0.55 or number % 2 == 0:
                make.add(whole, kick, at, 0.8 * strength)
            if number % 2:
                make.add(whole, clap, at, 0.4 * strength)
            make.add(whole, hat, at + self.beat / 2, 0.22 * strength)


def _note(mood: Mood, step: int) -> int:
    scale = _MINOR if mood.minor else _MAJOR
    octave, place = divmod(step, len(scale))
    return mood.root + 12 * octave + scale[place]


def _hertz(note: float) -> float:
    return 440 * 2 ** ((note - 69) / 12)


@lru_cache(maxsize=8)
def _pad(notes: tuple[int, ...], seconds: float, bright: float) -> Any:
    """Return a soft chord: a few overtones of each note, twice and slightly apart."""
    import numpy as np

    t = make.times(seconds)
    sides = []
    for detune in (-0.06, 0.06):
        total = np.zeros_like(t)
        for note in notes:
            base = _hertz(note + detune)
            for overtone in range(1, 12):
                at = base * overtone
                gain = 1 / overtone / (1 + (at / bright) ** 2)
                if gain > 0.003:
                    total += gain * np.sin(2 * np.pi * at * t + overtone * note)
        sides.append(total)
    level = np.minimum(1, t / 0.25) * np.minimum(1, (seconds - t) / 0.35)
    return make.stereo(sides[0] * level, sides[1] * level) * np.float32(0.25)


def _bass(note: int, seconds: float) -> Any:
    import numpy as np

    t = make.times(seconds)
    base = 2 * np.pi * _hertz(note) * t
    tone = np.sin(base) + 0.35 * np.sin(2 * base) + 0.12 * np.sin(3 * base)
    return make.stereo(make.faded(tone * np.exp(-t * 2.2), 0.008, 0.05)) * np.float32(0.6)


def _pluck(note: int, beat: float) -> Any:
    import numpy as np

    t = make.times(min(0.9, 1.5 * beat))
    base = 2 * np.pi * _hertz(note) * t
    tone = sum(np.sin(n * base) / n**1.5 * np.exp(-t * (4 + 2 * n)) for n in range(1, 6))
    return make.stereo(make.faded(tone, 0.003, 0.05)) * np.float32(0.5)


@lru_cache(maxsize=1)
def _kick() -> Any:
    import numpy as np

    t = make.times(0.35)
    tone = np.sin(2 * np.pi * (50 * t + 90 * (1 - np.exp(-t * 35)) / 35)) * np.exp(-t * 9)
    return make.stereo(make.faded(tone, 0.001, 0.05))


@lru_cache(maxsize=1)
def _clap(seed: int) -> Any:
    import numpy as np

    t = make.times(0.22)
    return make.stereo(make.filtered(make.noise(0.22, seed + 3), 900, 6500) * np.exp(-t * 22) * 3)


@lru_cache(maxsize=1)
def _hat(seed: int) -> Any:
    import numpy as np

    t = make.times(0.07)
    return make.stereo(make.filtered(make.noise(0.07, seed + 4), 7000) * np.exp(-t * 60) * 3)

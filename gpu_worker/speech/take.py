"""A take: the speech of one scene, trimmed, levelled and written as the stage's output."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gpu_worker.engine import Context, Output
from gpu_worker.speech.loudness import levelled
from gpu_worker.speech.timings import Phone, Timings, Word, moved
from tasks.domain.errors import EngineBroken

if TYPE_CHECKING:
    from gpu_worker.speech.loudness import Samples

_EDGE_SECONDS = 0.08
_FADE_SECONDS = 0.01
_SILENCE = 10 ** (-45 / 20)
"""Relative to the peak; anything quieter at either end is not speech."""


@dataclass(frozen=True, slots=True)
class Take:
    """Samples at the engine's own rate, with the times of phones and words."""

    samples: Samples
    rate: int
    phones: Sequence[Phone] = field(default=())
    words: Sequence[Word] = field(default=())

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def trimmed(take: Take) -> Take:
    """Trim a take to its first and last sound, and fade both ends."""
    import numpy as np

    level = np.abs(take.samples)
    loud = np.flatnonzero(level > _SILENCE * level.max(initial=0.0))
    if not loud.size:
        raise EngineBroken("The voice engine made no sound.", samples=len(level))
    fade = int(_FADE_SECONDS * take.rate)
    first, last = max(int(loud[0]) - fade, 0), min(int(loud[-1]) + 1 + fade, len(level))
    speech = take.samples[first:last].astype(np.float32)
    ramp = np.linspace(0, 1, min(fade, len(speech)), dtype=np.float32)
    speech[: len(ramp)] *= ramp
    speech[-len(ramp) :] *= ramp[::-1]
    return _shifted(take, speech, -first)


def joined(takes: Sequence[Take], pauses: Sequence[float]) -> Take:
    """Join takes, each except the last followed by its pause."""
    import numpy as np

    rate = takes[0].rate
    sound: list[Samples] = []
    phones: list[Phone] = []
    start = 0
    for take, pause in zip(takes, pauses, strict=True):
        phones += moved(take.phones, start / rate, start / rate + take.seconds)
        silence = np.zeros(int(pause * rate), np.float32)
        sound += [take.samples, silence]
        start += len(take.samples) + len(silence)
    return Take(np.concatenate(sound[:-1]), rate, phones)


def finished(take: Take, pause: float = 0.0) -> Take:
    """Level the loudness, and add a short silence at both ends and a pause."""
    import numpy as np

    cut = trimmed(take)
    edge = int(_EDGE_SECONDS * take.rate)
    rest = edge + int(pause * take.rate)
    return _shifted(cut, np.pad(levelled(cut.samples, cut.rate), (edge, rest)), edge)


def written(take: Take, folder: Path) -> dict[str, Path]:
    """Write `speech.wav` and `timings.json`; return their paths."""
    import numpy as np

    speech, timings = folder / "speech.wav", folder / "timings.json"
    with wave.open(str(speech), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(take.rate)
        file.writeframes(np.rint(np.clip(take.samples, -1, 1) * 32767).astype("<i2").tobytes())
    said = Timings(take.rate, round(take.seconds, 5), tuple(take.words), tuple(take.phones))
    timings.write_text(said.to_json(), encoding="utf-8")
    return {"speech.wav": speech, "timings.json": timings}


def delivered(take: Take, ctx: Context, **facts: object) -> Output:
    """Return the take as the output of the stage."""
    parts = written(take, ctx.workdir)
    ctx.progress(1.0)
    return Output(parts, {"rate": take.rate, "seconds": round(take.seconds, 3), **facts})


def _shifted(take: Take, samples: Samples, by: int) -> Take:
    """Return a take with other samples, whose times are shifted by so many samples."""
    rate, seconds = take.rate, len(samples) / take.rate
    return Take(
        samples,
        rate,
        moved(take.phones, by / rate, seconds),
        moved(take.words, by / rate, seconds),
    )

"""Change a voice towards a reference recording: its pitch, formants and timbre.

This is matching, not cloning. What is changed is found once for a reference, on
lines that have nothing to do with any scene, so that all scenes of a job get the
same voice; if the change does not bring those lines clearly nearer to the
reference, there is none, and the scenes stay as they were spoken.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gpu_worker.engine import Context, Inputs, Output
from gpu_worker.speech.decoding import decoded
from gpu_worker.speech.likeness import Print, bins, centres, distance, print_of, score
from gpu_worker.speech.reading import Unit, read
from gpu_worker.speech.take import Take, delivered, finished
from gpu_worker.speech.world import Voice, put_together, taken_apart
from tasks.domain.errors import EngineBroken, VoiceRefused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CALIBRATION = (
    "Every evening she walks along the old harbour and looks out for the boats. "
    "How many of them will come home today, do you think? "
    "Good weather makes a calm sea, and a calm sea makes a quiet night."
)
_REFERENCE_SECONDS = 20.0
_WARPS = (0.84, 0.88, 0.92, 0.96, 1.0, 1.04, 1.08, 1.12, 1.16, 1.2)
_FURTHEST_PITCH = math.log(1.8)
_PITCH_SPREADS = (0.75, 1.35)
_COLOUR_SHARE, _COLOUR_LIMIT = 0.7, 10 * math.log(10) / 10
"""The share of the timbre difference that is corrected, at most 10 dB."""
_NEAR_ALREADY = 0.6
_CLEARLY_NEARER = 0.8


@dataclass(frozen=True, slots=True)
class Change:
    """The change applied to every take, and the likeness that it achieved when calibrated."""

    pitch_from: float
    pitch_to: float
    pitch_stretch: float
    warp: float
    colour: NDArray[np.float64]
    likeness: float

    def of(self, take: Take) -> Take:
        """Return the take in the changed voice; its timings stay the same."""
        voice = self.voice(taken_apart(take.samples, take.rate))
        return replace(take, samples=put_together(voice, len(take.samples)))

    def voice(self, voice: Voice) -> Voice:
        import numpy as np

        voiced = voice.pitch > 0
        pitch = np.zeros_like(voice.pitch)
        above = np.log(voice.pitch[voiced]) - self.pitch_from
        pitch[voiced] = np.exp(self.pitch_to + above * self.pitch_stretch)
        spectrum = _warped(voice, self.warp).spectrum * np.exp(
            np.interp(bins(voice), centres()[1:-1], self.colour)
        )
        return replace(voice, pitch=pitch, spectrum=np.ascontiguousarray(spectrum))


class Matching:
    """Matches the voice of an engine to recordings; keeps the change for the last one."""

    def __init__(
        self, calibrate: Callable[[Sequence[Unit], Callable[[float], None]], Take]
    ) -> None:
        """Set up matching; `calibrate` always speaks a text in the same way."""
        self._calibrate = calibrate
        self._digest = ""
        self._change: Change | None = None

    def output(
        self, speak: Callable[[], Take], inputs: Inputs, ctx: Context, pause: float = 0.0
    ) -> Output:
        """Return the spoken scene, matched to the recording if that is requested and helps."""
        change = self._change_for(inputs, ctx) if inputs.params.get("match") else None
        take = speak()
        if change is None:
            return delivered(finished(take, pause), ctx, match="plain")
        likeness = round(change.likeness, 3)
        return delivered(
            finished(change.of(take), pause), ctx, match="matched", match_score=likeness
        )

    def _change_for(self, inputs: Inputs, ctx: Context) -> Change | None:
        if "upload/voice" not in inputs.files:
            raise VoiceRefused("Upload a recording of the voice to match.")
        reference = inputs.files["upload/voice"]
        digest = hashlib.sha256(reference.read_bytes()).hexdigest()
        if digest != self._digest:
            lines = self._calibrate(read(CALIBRATION, "en"), lambda _: ctx.check())
            voice = taken_apart(lines.samples, lines.rate)
            self._change = _find_change(voice, _reference(reference, lines.rate, ctx))
            self._digest = digest
        return self._change


def _reference(file: Path, rate: int, ctx: Context) -> Print:
    samples = decoded(file, rate, _REFERENCE_SECONDS, ctx)
    found = print_of(taken_apart(samples, rate))
    if found is None:
        raise VoiceRefused("The recording has too little speech in it to match a voice to.")
    return found


def _find_change(voice: Voice, reference: Print) -> Change | None:
    """Find a change that makes this voice clearly more alike; None if none does or it is alike."""
    import numpy as np

    before = _print(voice)
    if distance(before, reference) < _NEAR_ALREADY:
        return None
    shift = reference.pitch - before.pitch
    warp = min(_WARPS, key=lambda warp: _timbre_apart(_print(_warped(voice, warp)), reference))
    colour = _COLOUR_SHARE * (reference.bands - _print(_warped(voice, warp)).bands)
    change = Change(
        pitch_from=before.pitch,
        pitch_to=before.pitch + min(max(shift, -_FURTHEST_PITCH), _FURTHEST_PITCH),
        pitch_stretch=min(
            max(reference.pitch_spread / before.pitch_spread, _PITCH_SPREADS[0]), _PITCH_SPREADS[1]
        ),
        warp=warp,
        colour=np.clip(colour, -_COLOUR_LIMIT, _COLOUR_LIMIT),
        likeness=0.0,
    )
    after = _print(change.voice(voice))
    if distance(after, reference) > _CLEARLY_NEARER * distance(before, reference):
        return None
    return replace(change, likeness=score(after, reference))


def _print(voice: Voice) -> Print:
    found = print_of(voice)
    if found is None:
        raise EngineBroken("The calibration lines have no voice in them.")
    return found


def _timbre_apart(one: Print, reference: Print) -> float:
    return distance(replace(one, pitch=reference.pitch), reference)


def _warped(voice: Voice, warp: float) -> Voice:
    """Move formants up (above 1) or down, like a shorter or a longer vocal tract."""
    import numpy as np

    frequencies = bins(voice)
    position = np.clip(frequencies / warp / frequencies[-1], 0, 1) * (len(frequencies) - 1)
    lower = np.minimum(position.astype(int), len(frequencies) - 2)
    share = position - lower
    logs = np.log(voice.spectrum + 1e-16)
    return replace(
        voice, spectrum=np.exp(logs[:, lower] * (1 - share) + logs[:, lower + 1] * share)
    )

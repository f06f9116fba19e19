"""Scaling without a network: Lanczos, then a sharpening that leaves strong edges alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gpu_worker.media import ffmpeg

Size = tuple[int, int]

INTERMEDIATE = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-pix_fmt", "yuv420p")
"""How a silent video goes to the next stage: no visible loss."""
TAGGED = "scale=out_color_matrix=bt709,format=yuv420p,setparams=" + ":".join(
    f"{name}=bt709" for name in ("colorspace", "color_primaries", "color_trc")
)
"""From RGB to what players expect of HD, and saying so."""


def still(source: Path, target: Path, size: Size, check: Callable[[], None]) -> None:
    """A picture at another size."""
    filters = f"format=gbrp,{_scaled(size)},format=rgb24"
    ffmpeg.run(
        [
            "-f",
            "png_pipe",
            "-i",
            str(source),
            "-vf",
            filters,
            "-frames:v",
            "1",
            "-update",
            "1",
            str(target),
        ],
        check=check,
    )


def video(
    source: Path,
    target: Path,
    size: Size,
    check: Callable[[], None],
    on_seconds: Callable[[float], None],
) -> None:
    """A silent video at another size."""
    filters = f"format=gbrp,{_scaled(size)},{TAGGED}"
    ffmpeg.run(
        ["-i", str(source), "-an", "-vf", filters, *INTERMEDIATE, str(target)],
        check=check,
        on_seconds=on_seconds,
    )


def _scaled(size: Size) -> str:
    return f"scale={size[0]}:{size[1]}:flags=lanczos,setsar=1,cas=0.4"

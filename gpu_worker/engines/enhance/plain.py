"""Scale without a network: Lanczos, then sharpening that does not affect strong edges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gpu_worker.media import ffmpeg

Size = tuple[int, int]

INTERMEDIATE = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-pix_fmt", "yuv420p")
"""Encoder arguments for a silent video between stages, without visible loss."""
TAGGED = "scale=out_color_matrix=bt709,format=yuv420p,setparams=" + ":".join(
    f"{name}=bt709" for name in ("colorspace", "color_primaries", "color_trc")
)
"""Filters that convert RGB to the colours of HD video, with their tags."""


def covering(source: Size, size: Size) -> Size:
    """Return the size at which a video covers the frame and keeps its shape; both sides are even.

    >>> covering((360, 640), (720, 1280)), covering((480, 832), (720, 1280))
    ((720, 1280), (738, 1280))
    """
    scale = max(wanted / side for side, wanted in zip(source, size, strict=True))
    width, height = (2 * round(side * scale / 2) for side in source)
    return width, height


def still(source: Path, target: Path, size: Size, check: Callable[[], None]) -> None:
    """Scale a picture."""
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
    """Scale a video, without its sound."""
    filters = f"format=gbrp,{_scaled(size)},{TAGGED}"
    ffmpeg.run(
        ["-i", str(source), "-an", "-vf", filters, *INTERMEDIATE, str(target)],
        check=check,
        on_seconds=on_seconds,
    )


def _scaled(size: Size) -> str:
    return f"scale={size[0]}:{size[1]}:flags=lanczos,setsar=1,cas=0.4"

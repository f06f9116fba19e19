"""Find where a video is black or stands still, by what filters of ffmpeg report."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

Span = tuple[float, float]
"""First and last second."""

BLACK_SECONDS, FROZEN_SECONDS = 0.1, 1.0
"""Shorter ones do not count. In a piece of a video they do: it may be part of a longer one."""
_BLACK = re.compile(r"black_start: *([\d.]+) black_end: *([\d.]+)")
_FROZEN = re.compile(r"freeze_(start|end): *([\d.]+)")
_FILTER: Final = (
    "scale=320:-2:flags=fast_bilinear,"
    "blackdetect=d={black}:pix_th=0.08:pic_th=0.985,freezedetect=n=-65dB:d={frozen}"
)
FILTER: Final = _FILTER.format(black=0.04, frozen=0.2)
"""Of a piece."""
WHOLE: Final = _FILTER.format(black=BLACK_SECONDS, frozen=FROZEN_SECONDS)


def black(log: str) -> tuple[Span, ...]:
    return tuple((float(a), float(b)) for a, b in _BLACK.findall(log))


def frozen(log: str, seconds: float) -> tuple[Span, ...]:
    """Return where a video of this length stands still."""
    found, start = [], None
    for kind, at in _FROZEN.findall(log):
        if kind == "start":
            start = float(at)
        elif start is not None:
            found.append((start, float(at)))
            start = None
    if start is not None:
        found.append((start, seconds))
    return tuple(found)


def long_enough(found: Iterable[Span], least: float) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in found if end - start >= least)

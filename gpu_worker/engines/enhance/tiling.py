"""Split a picture into tiles that fit into memory, each with a margin for the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

SCALE = 4
"""The upscaling factor of every network here."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """The side of a tile, and the margin around it that the network sees.

    The halo is the reach of the network: with it, a tile gets the same pixels as in the whole
    picture. `animevideov3` reaches 18 pixels; `x4plus` reaches
    over 300, of which all but the first few dozen make no visible difference.
    """

    side: int
    halo: int


Box = tuple[int, int, int, int]


def tiles(width: int, height: int, tiling: Tiling) -> Iterator[tuple[Box, Box]]:
    """Yield each tile and its area with margin: left, top, right, bottom."""
    for top, bottom in _cuts(height, tiling.side):
        for left, right in _cuts(width, tiling.side):
            outer = (
                max(0, left - tiling.halo),
                max(0, top - tiling.halo),
                min(width, right + tiling.halo),
                min(height, bottom + tiling.halo),
            )
            yield (left, top, right, bottom), outer


def _cuts(length: int, most: int) -> list[tuple[int, int]]:
    """Split a length into equal parts of limited size."""
    count = -(-length // most)
    edges = [length * number // count for number in range(count + 1)]
    return list(pairwise(edges))

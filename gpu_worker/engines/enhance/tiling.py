"""A picture cut into parts that fit into memory, each with what a network looks at around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

SCALE = 4
"""How much larger every network here makes a picture."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """How large a picture is worked on at once, and how much around it is looked at.

    The halo is the reach of the network: with it a tile has the very pixels that
    the whole picture would have. `animevideov3` reaches 18 pixels; `x4plus` reaches
    over 300, of which all but the first few dozen make no visible difference.
    """

    side: int
    halo: int


Box = tuple[int, int, int, int]


def tiles(width: int, height: int, tiling: Tiling) -> Iterator[tuple[Box, Box]]:
    """The part each tile answers for, and the part it looks at: left, top, right, bottom."""
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
    """Equal parts of at most so many pixels."""
    count = -(-length // most)
    edges = [length * number // count for number in range(count + 1)]
    return list(pairwise(edges))

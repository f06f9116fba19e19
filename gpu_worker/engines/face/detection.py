"""Find faces in the whole picture and, if it is large, in tiles.

The detector scales its input to 192 pixels, so it finds a small face in a large picture only in a
tile. Tiles overlap so that no face is cut by all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from gpu_worker.engines.face.models import FaceModels, Found, Rgb

SMALLEST_TILE = 240
MOST_LEVELS = 3
LARGE_ENOUGH = 0.18
"""If a face fills this share of the short side, no tiles are searched for others."""
SAME_FACE = 0.4


def find_faces(models: FaceModels, rgb: Rgb) -> list[Found]:
    """Return all faces, each once, the largest first."""
    height, width = rgb.shape[:2]
    found: list[Found] = []
    for level in range(MOST_LEVELS):
        side = max(width, height) / 2**level
        if level and side < SMALLEST_TILE:
            break
        for x, y, w, h in _tiles(width, height, side):
            found += [box.moved(x, y) for box in models.detect(rgb[y : y + h, x : x + w].copy())]
        if any(max(box.width, box.height) > LARGE_ENOUGH * min(width, height) for box in found):
            break
    return sorted(_distinct(found), key=lambda box: -box.width * box.height)


def _tiles(width: int, height: int, side: float) -> Iterator[tuple[int, int, int, int]]:
    """Yield tiles of about `side` pixels that overlap by a third."""
    w, h = min(width, round(side)), min(height, round(side))
    for y in _starts(height, h):
        for x in _starts(width, w):
            yield x, y, w, h


def _starts(length: int, tile: int) -> list[int]:
    count = 1 if tile >= length else 1 + -(-(length - tile) * 3 // (tile * 2))
    return [round(i * (length - tile) / max(count - 1, 1)) for i in range(count)]


def _distinct(boxes: list[Found]) -> list[Found]:
    """Remove overlapping boxes; a box inside another one belongs to the same face."""
    kept: list[Found] = []
    for box in sorted(boxes, key=lambda b: -b.score * (b.width * b.height) ** 0.25):
        if all(_overlap(box, other) < SAME_FACE for other in kept):
            kept.append(box)
    return kept


def _overlap(a: Found, b: Found) -> float:
    w = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    h = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / min(a.width * a.height, b.width * b.height)

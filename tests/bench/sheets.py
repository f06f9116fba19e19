"""Pictures of the documentation, from the films that `test_believable.py` has kept.

    python -m tests.bench.sheets FOLDER docs/images

- `believable.webp`: of each portrait the still, lips together, lips widest apart, a blink, the
  head farthest from its first place, and the film with captions.
- `lids.jpg`: open eyes; shut in the earlier version and in this one; half shut.
- `talking-strip.jpg` and `talking.webp`: one film, as frames and in motion.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.gpu_worker.engines import sync

Frame = npt.NDArray[np.uint8]
SIZE = (432, 768)
CELL, EYES, STRIP = (144, 256), (225, 111), (180, 320)
IN_A_ROW = 2
LIDS = ("astronaut", "admiral", "pearl_earring", "mona_lisa", "castiglione", "straw_hat")
SHOWN = "astronaut"
FRAMES, APART = 8, 5
MOVING, EVERY, SQUARE = 48, 2, 320


def main(work: Path, target: Path) -> None:
    tree = Path(__file__).resolve().parents[2].name
    folders = sorted(path for path in (work / "films").iterdir() if path.is_dir())
    rows = [_moments(folder / tree) for folder in folders]
    rows = [np.hstack(rows[n : n + IN_A_ROW]) for n in range(0, len(rows), IN_A_ROW)]
    _save(np.vstack(rows), target / "believable.webp", 72)
    lids = [_eyes(work / "films" / name, tree) for name in LIDS]
    _save(np.vstack(lids), target / "lids.jpg", 88)
    film = _frames(work / "films" / SHOWN / tree / "burned" / "final.mp4")
    strip = [_small(frame, STRIP) for frame in film[APART::APART][:FRAMES]]
    white = np.full((STRIP[1], 1, 3), 255, np.uint8)
    joined = [part for picture in strip for part in (white, picture)][1:]
    _save(np.hstack(joined), target / "talking-strip.jpg", 88)
    _move(film[: MOVING * EVERY : EVERY], target / "talking.webp")


def _moments(made: Path) -> Frame:
    """Six frames of a film, side by side."""
    bare, captioned = (_frames(made / name / "final.mp4") for name in ("off", "burned"))
    seen = sync.watch(made / "off" / "final.mp4")
    still = cv2.imread(str(made / "face" / "crop.png"))
    head = np.linalg.norm(seen.nose, axis=1)
    chosen = [
        still,
        bare[int(np.nanargmin(seen.aperture))],
        bare[int(np.nanargmax(seen.aperture))],
        bare[int(np.nanargmin(seen.eyes))],
        bare[int(np.nanargmax(head))],
        captioned[len(captioned) // 2],
    ]
    return np.hstack([_small(frame, CELL) for frame in chosen])


def _eyes(folder: Path, tree: str) -> Frame:
    now, before = folder / tree, folder / "base"
    mesh = json.loads((now / "face" / "face.json").read_text())
    points = np.array(mesh["points"])[:, :2] * (SIZE[0] / mesh["crop"][0])
    outer, inner = points[33], points[263]
    middle, half = (outer + inner) / 2, 1.0 * float(np.linalg.norm(inner - outer))
    tall = half * EYES[1] / EYES[0]
    x0, x1 = int(max(0, middle[0] - half)), int(middle[0] + half)
    y0, y1 = int(max(0, middle[1] - tall)), int(middle[1] + tall)
    planes = [now / "open.yuv", before / "shut.yuv", now / "shut.yuv", now / "half.yuv"]
    return np.hstack([_small(_planes(path)[y0:y1, x0:x1], EYES) for path in planes])


def _planes(path: Path) -> Frame:
    raw = np.frombuffer(path.read_bytes(), np.uint8).reshape(SIZE[1] * 3 // 2, SIZE[0])
    return np.asarray(cv2.cvtColor(raw, cv2.COLOR_YUV2BGR_I420), np.uint8)


def _frames(film: Path) -> list[Frame]:
    reader = cv2.VideoCapture(str(film))
    frames: list[Frame] = []
    while (read := reader.read())[0]:
        frames.append(np.asarray(read[1], np.uint8))
    return frames


def _small(frame: Frame, size: tuple[int, int]) -> Frame:
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def _save(picture: Frame, path: Path, quality: int) -> None:
    Image.fromarray(picture[..., ::-1]).save(path, quality=quality)


def _move(film: list[Frame], path: Path) -> None:
    """Write the upper, square part of a film as an animation."""
    pictures = [
        Image.fromarray(_small(frame[: SIZE[0]], (SQUARE, SQUARE))[..., ::-1]) for frame in film
    ]
    first, *others = pictures
    first.save(path, save_all=True, append_images=others, duration=40 * EVERY, loop=0, quality=60)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

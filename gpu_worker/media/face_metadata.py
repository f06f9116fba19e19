"""`face.json`: the result of a face engine, for any animator.

schema      1
crop        [width, height] of crop.png; all lengths below are its pixels
upload      [width, height] of the picture as seen (EXIF orientation applied)
transform   2 x 3, maps a point of that picture to the crop
box         [left, top, right, bottom] of the face, forehead to chin
points      478 x [x, y, z], MediaPipe's face mesh; smaller z is nearer
pose        degrees {yaw, pitch, roll}; `roll` was straightened
score       the detector's confidence, 0 to 1
interocular distance of the outer eye corners
flags       what is not ideal: see `gpu_worker.engines.face.verdict.FLAGS`
mask        name of a part, `mask.png` (grey, white is person), or ""
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class FaceMetadata:
    """The face of one job."""

    crop: tuple[int, int]
    transform: tuple[tuple[float, float, float], tuple[float, float, float]]
    box: tuple[float, float, float, float]
    points: tuple[tuple[float, float, float], ...]
    pose: dict[str, float]
    interocular: float
    upload: tuple[int, int] = (0, 0)
    score: float = 0.0
    flags: tuple[str, ...] = ()
    mask: str = ""
    schema: int = SCHEMA

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> FaceMetadata:
        raw = json.loads(text)
        if raw.get("schema") != SCHEMA:
            raise ValueError(f"face.json has schema {raw.get('schema')!r}, expected {SCHEMA}")
        a, b = raw["transform"]
        return cls(
            crop=tuple(raw["crop"]),
            upload=tuple(raw["upload"]),
            transform=(tuple(a), tuple(b)),
            box=tuple(raw["box"]),
            points=tuple((x, y, z) for x, y, z in raw["points"]),
            pose=raw["pose"],
            score=raw["score"],
            interocular=raw["interocular"],
            flags=tuple(raw["flags"]),
            mask=raw["mask"],
        )

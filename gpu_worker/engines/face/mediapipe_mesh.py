"""Find, straighten, frame and measure a face with MediaPipe.

Parts: `crop.png` (RGB in the aspect of the finished video), `face.json`
(`gpu_worker.media.face_metadata`), `mask.png` (grey: how likely each pixel of the crop is
the person) and `preview.jpg` (for people).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Examined, Inputs, Output, Probe
from gpu_worker.media.face_metadata import FaceMetadata
from tasks.domain.errors import NoFace

if TYPE_CHECKING:
    from gpu_worker.engines.face.framing import Frame, Matrix
    from gpu_worker.engines.face.models import FaceModels, Points, Rgb


class MediapipeMesh:
    """Full-range detection, then the 478-point mesh with attention."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="mediapipe_mesh",
        stage="face",
        version="4",
        kind="lite",
        environments=("lite", "sadtalker"),
        licence="Apache-2.0",
        params=("width", "height", "face_index", "pick"),
        files=("upload/face",),
        uses_seed=False,
        memory_mb=700,
        seconds=1,
    )

    def __init__(self) -> None:
        self._models: FaceModels | None = None

    def probe(self) -> Probe:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("mediapipe")
        except PackageNotFoundError:
            return Probe(False, "mediapipe is not installed", "callsheet env create sadtalker")
        if not found.startswith("0.10.21"):
            why = f"mediapipe {found} carries no weights"
            return Probe(False, why, "install mediapipe==0.10.21")
        return packages.probe({"numpy": "numpy", "PIL": "pillow"}, "sadtalker")

    def load(self) -> None:
        from gpu_worker.engines.face.models import FaceModels

        if self._models is None:
            self._models = FaceModels()

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        from gpu_worker.engines.face import framing, geometry, picture, portrait, verdict

        assert self._models is not None, "load() comes before run()"  # noqa: S101
        upload = picture.read_picture(inputs.files["upload/face"])
        ctx.progress(0.1, "Looking for a face")
        turns, portraits = portrait.find_portraits(self._models, upload)
        chosen = verdict.choose(portraits, inputs.params)
        ctx.progress(0.5, "Measuring the face")
        rough = verdict.admit_size(portraits[chosen])
        upright = _turned(upload, turns)
        frame = framing.frame_face(
            rough,
            geometry.eye_line(rough),
            (upright.shape[1], upright.shape[0]),
            (inputs.params["width"], inputs.params["height"]),
        )
        crop = framing.cut(upright, frame)
        points = self._measure(crop, framing.apply(frame.matrix, rough[:, :2]))
        flags = verdict.admit_view(self._models, crop, points)
        flags += [
            flag
            for flag, true in {
                "bystanders": len(portraits) > 1,
                "extended": frame.extended,
                "straightened": frame.turned,
                "upside_down": turns != 0,
            }.items()
            if true
        ]
        ctx.progress(0.8, "Framing the face")
        sheet = replace(
            _sheet(_placed(frame, turns, upload), frame, points),
            upload=(upload.shape[1], upload.shape[0]),
            score=round(portraits[chosen].box.score, 3),
            flags=tuple(flags),
        )
        parts = self._write(ctx.workdir, crop, points, sheet)
        ctx.progress(1.0)
        facts = {"faces_found": len(portraits), "chosen": chosen, "flags": flags}
        return Output(parts, facts)

    def examine(self, source: Path, folder: Path) -> Examined:
        from gpu_worker.engines.face import examination

        assert self._models is not None, "load() comes before examine()"  # noqa: S101
        return examination.examine(self._models, source, folder)

    def close(self) -> None:
        if self._models is not None:
            self._models.close()
            self._models = None

    def _measure(self, crop: Rgb, expected: Matrix) -> Points:
        """Measure the mesh again on the level crop, for the animator."""
        from gpu_worker.engines.face.portrait import mesh_around

        assert self._models is not None  # noqa: S101
        low, high = expected[:468].min(0), expected[:468].max(0)
        points = mesh_around(self._models, crop, (*low, *high), grow=1.7)
        if points is None:
            raise NoFace
        return points

    def _write(
        self, folder: Path, crop: Rgb, points: Points, sheet: FaceMetadata
    ) -> dict[str, Path]:
        import cv2
        import numpy as np

        from gpu_worker.engines.face.preview import draw_preview

        assert self._models is not None  # noqa: S101
        person = np.rint(self._models.person(crop) * 255).astype(np.uint8)
        pictures = {
            "crop.png": cv2.cvtColor(crop, cv2.COLOR_RGB2BGR),
            "mask.png": person,
            "preview.jpg": cv2.cvtColor(draw_preview(crop, points), cv2.COLOR_RGB2BGR),
        }
        parts = {name: folder / name for name in (*pictures, "face.json")}
        for name, pixels in pictures.items():
            cv2.imwrite(str(parts[name]), pixels)
        parts["face.json"].write_text(sheet.to_json())
        return parts


def _turned(upload: Rgb, turns: int) -> Rgb:
    import numpy as np

    return np.ascontiguousarray(np.rot90(upload, turns)) if turns else upload


def _placed(frame: Frame, turns: int, upload: Rgb) -> Matrix:
    """Return the matrix from the upload, before any rotation, to the crop."""
    from gpu_worker.engines.face import framing

    height, width = upload.shape[:2]
    return framing.compose(frame.matrix, framing.quarter_turn(turns, width, height))


def _sheet(matrix: Matrix, frame: Frame, points: Points) -> FaceMetadata:
    from math import atan2, degrees

    from gpu_worker.engines.face import geometry

    a, b = matrix.round(6).tolist()
    left, top, right, bottom = geometry.face_box(points)
    seen = geometry.pose(points)
    return FaceMetadata(
        crop=(frame.width, frame.height),
        transform=((a[0], a[1], a[2]), (b[0], b[1], b[2])),
        box=(round(left, 2), round(top, 2), round(right, 2), round(bottom, 2)),
        points=tuple((x, y, z) for x, y, z in points.astype(float).round(3).tolist()),
        pose={
            "yaw": round(seen.yaw, 1),
            "pitch": round(seen.pitch, 1),
            "roll": round(degrees(atan2(a[1], a[0])), 1),
        },
        interocular=round(geometry.interocular(points), 2),
        mask="mask.png",
    )


ENGINE = MediapipeMesh

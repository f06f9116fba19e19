"""The picture of a clip that is warped is enhanced once, if the frame needs more of it."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from gpu_worker.clips import stills
from gpu_worker.models.registry import Registry
from tasks.domain.hosted import ClipOrder
from tests.gpu_worker.engines.faces import astronaut

ORDER = ClipOrder("An astronaut", 2.0, "9:16", "360p")


def small(side: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(astronaut()).resize((side, side), Image.Resampling.LANCZOS).save(file, "PNG")
    return file.getvalue()


def test_only_a_picture_that_must_be_enlarged_is_enhanced() -> None:
    registry = Registry("lite", None)
    assert stills.engine_of(registry, ORDER, small(160))
    assert not stills.engine_of(registry, ORDER, small(640))
    assert not stills.engine_of(registry, ORDER, b"no picture")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_enhanced_picture_covers_the_frame_and_is_sharper(tmp_path: Path) -> None:
    registry = Registry("lite", None)
    made = stills.enhanced(registry, ORDER, small(160), tmp_path, lambda: None)
    enhanced = np.asarray(Image.open(io.BytesIO(made)).convert("L"))
    assert enhanced.shape == (640, 640)
    plain = np.asarray(Image.open(io.BytesIO(small(160))).convert("L").resize((640, 640)))
    assert cv2.Laplacian(enhanced, cv2.CV_64F).std() > 1.3 * cv2.Laplacian(plain, cv2.CV_64F).std()
    assert stills.enhanced(registry, ORDER, small(640), tmp_path, lambda: None) == small(640)

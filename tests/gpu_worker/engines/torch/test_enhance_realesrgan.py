"""Real-ESRGAN in torch, on a CPU, against what ncnn makes of the same weights."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage import data

from gpu_worker.engine import Inputs, Output
from gpu_worker.engines.enhance import realesrgan, weights
from gpu_worker.engines.enhance.ncnn_file import UnknownLayer
from gpu_worker.engines.enhance.realesrgan import RealEsrgan
from gpu_worker.engines.enhance.tiling import Tiling
from gpu_worker.engines.enhance.torch_network import TorchNetwork
from gpu_worker.media import streams
from tasks.domain.errors import InputRefused
from tests.gpu_worker.engines.conformance import CHECKS, Case, MakeInputs
from tests.gpu_worker.engines.films import draw
from tests.gpu_worker.engines.torch import upstream
from tests.gpu_worker.engines.torch.suite import checks
from tests.gpu_worker.engines.workbench import Workbench

PLACE = weights.folder() or Path()


def files(name: str) -> tuple[Path, Path]:
    return PLACE / f"{name}.param", PLACE / f"{name}.bin"


def no_stop() -> None:
    """Never stop."""


def portrait(width: int, height: int) -> Any:
    face = Image.fromarray(data.astronaut()).crop((150, 20, 310, 180))
    return np.asarray(face.resize((width, height)), np.float32) / 255


def still(quality: str = "fast", blend: float = 0.6) -> MakeInputs:
    def make(folder: Path) -> Inputs:
        crop, sheet = folder / "crop.png", folder / "face.json"
        Image.fromarray((portrait(48, 64) * 255).astype(np.uint8)).save(crop)
        sheet.write_text(json.dumps({"crop": [48, 64], "box": [14, 16, 32, 40]}))
        params = {"width": 96, "height": 128, "quality": quality, "blend": blend}
        return Inputs(params, 1, files={"face/crop.png": crop, "face/face.json": sheet})

    return make


def video(quality: str = "balanced", frames: int = 5, blend: float = 0.6) -> MakeInputs:
    def make(folder: Path) -> Inputs:
        source = folder / "video.mp4"
        draw(source, "testsrc2", "48x64", frames)
        params = {"width": 96, "height": 128, "quality": quality, "blend": blend}
        return Inputs(params, 1, files={"animate/video.mp4": source})

    return make


def no_video(folder: Path) -> Inputs:
    given = video()(folder)
    given.files["animate/video.mp4"].write_bytes(b"")
    return given


CASES = [
    Case(realesrgan.ENGINE, still("fast"), label="still"),
    Case(realesrgan.ENGINE, video(), {"INPUT_REFUSED": no_video}, label="video"),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[RealEsrgan]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_DEVICE", "cpu")
        from config import settings

        settings.current.cache_clear()
        made = RealEsrgan()
        made.load()
    yield made
    made.close()


@pytest.mark.parametrize("check", [*CHECKS, *checks()])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case: Case, check: Any, tmp_path: Path) -> None:
    check(case, tmp_path)


@pytest.mark.parametrize("name", [weights.VIDEO, weights.PORTRAIT])
def test_the_network_agrees_with_ncnn(name: str) -> None:
    ncnn = pytest.importorskip("ncnn")
    picture = portrait(24, 20)
    ours = TorchNetwork(*files(name), Tiling(256, 18)).upscale(picture, no_stop)
    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = net.opt.use_bf16_storage = False
    structure, values = files(name)
    net.load_param(str(structure))
    net.load_model(str(values))
    planes = np.ascontiguousarray(picture.transpose(2, 0, 1))  # ncnn only borrows it
    with net.create_extractor() as extractor:
        extractor.input("data", ncnn.Mat(planes))
        theirs = np.array(extractor.extract("output")[1]).transpose(1, 2, 0)
    assert ours.shape == (80, 96, 3)
    assert np.abs(ours - np.clip(theirs, 0, 1)).max() < 1 / 255


@upstream.needed
@pytest.mark.parametrize("name", [weights.VIDEO, weights.PORTRAIT])
def test_a_picture_agrees_with_the_realesrgan_package(name: str, tmp_path: Path) -> None:
    picture = (portrait(24, 20) * 255).astype(np.uint8)
    ours = TorchNetwork(*files(name), Tiling(256, 18)).upscale(picture / np.float32(255), no_stop)
    restorer = upstream.restorer(name, tmp_path, half=False)
    theirs, _ = restorer.enhance(picture[..., ::-1])
    assert np.abs(np.rint(ours * 255) - theirs[..., ::-1]).max() <= 1


def test_tiles_give_the_same_pixels_as_the_whole_picture() -> None:
    picture = portrait(90, 70)
    whole, tiled = (
        TorchNetwork(*files(weights.VIDEO), tiling).upscale(picture, no_stop)
        for tiling in (Tiling(256, 18), Tiling(32, 18))
    )
    assert np.abs(whole - tiled).max() < 1e-4


def test_weights_of_another_network_are_rejected(tmp_path: Path) -> None:
    from gpu_worker.engines.enhance.torch_layers import network

    structure, values = files(weights.VIDEO)
    longer = tmp_path / "longer.bin"
    longer.write_bytes(values.read_bytes() + b"1234")
    with pytest.raises(UnknownLayer):
        network(structure, longer)
    with pytest.raises((UnknownLayer, ValueError)):
        network(files(weights.PORTRAIT)[0], values)


def run(engine: RealEsrgan, make: MakeInputs, folder: Path) -> Output:
    work = folder / "work"
    work.mkdir(parents=True)
    return engine.run(make(folder), Workbench(work))


def test_a_video_keeps_its_frames_and_rate(engine: RealEsrgan, tmp_path: Path) -> None:
    made = run(engine, video(frames=11), tmp_path)
    (found,) = streams.read_streams(made.parts["video.mp4"])
    assert (found.packets, found.frame_rate) == (11, 25)
    assert (found.width, found.height) == (96, 128)
    assert (found.pixel_format, found.colours) == ("yuv420p", "bt709")
    assert made.facts["model"] == weights.VIDEO
    assert made.facts["encoder"] == "libx264"


def test_the_batch_size_does_not_change_the_frames(
    engine: RealEsrgan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(engine, video(frames=7), tmp_path / "whole").parts["video.mp4"].read_bytes()
    monkeypatch.setattr(realesrgan, "_BATCH_PIXELS", {weights.VIDEO: 1, weights.PORTRAIT: 1})
    single = run(engine, video(frames=7), tmp_path / "single").parts["video.mp4"].read_bytes()
    assert len(single) == pytest.approx(len(whole), rel=0.02)


@pytest.mark.parametrize("kind", ["balanced", "best"])
def test_the_face_of_a_still_is_enhanced(engine: RealEsrgan, tmp_path: Path, kind: str) -> None:
    made = run(engine, still(kind), tmp_path / kind)
    plain = run(engine, still("fast"), tmp_path / "plain")
    assert made.facts["model"] == weights.PORTRAIT
    pictures = [np.asarray(Image.open(o.parts["still.png"]), np.int16) for o in (made, plain)]
    assert pictures[0].shape == (128, 96, 3)
    assert np.abs(pictures[0] - pictures[1])[40:70, 40:60].mean() > 0.5


def test_a_failing_decoder_is_reported_and_leaves_no_thread(
    engine: RealEsrgan, tmp_path: Path
) -> None:
    given = video(frames=50)(tmp_path)
    source = given.files["animate/video.mp4"]
    found = streams.video(source)
    from gpu_worker.engines.enhance.reel import Reel

    source.write_bytes(source.read_bytes()[:200])
    reel = Reel(source, (48, 64), found.frame_rate, tmp_path / "out.mp4", (48, 64))
    with pytest.raises(InputRefused):
        reel.run(4, lambda frames: frames, lambda: None, lambda _done: None)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reel")]


def test_full_device_memory_is_reported_as_out_of_memory(
    engine: RealEsrgan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from tasks.domain.errors import StageOutOfMemory

    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(TorchNetwork, "batch", full)
    with pytest.raises(StageOutOfMemory):
        run(engine, video(), tmp_path)

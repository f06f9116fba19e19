from __future__ import annotations

import io
import json
import time

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from gpu_worker.engine import Inputs
from gpu_worker.engines.enhance import lanczos, realesrgan_cpu, weights
from gpu_worker.engines.enhance.ncnn_file import UnknownLayer
from gpu_worker.engines.enhance.ncnn_graph import to_onnx
from gpu_worker.engines.enhance.network import Network
from gpu_worker.engines.enhance.tiling import Tiling
from gpu_worker.media import streams
from tasks.domain.errors import Cancelled
from tests.gpu_worker.engines.conformance import CHECKS, Case
from tests.gpu_worker.engines.films import draw
from tests.gpu_worker.engines.workbench import Workbench

SIDE = 160


def _truth():
    """The face of a public-domain portrait."""
    return Image.fromarray(data.astronaut()).crop((150, 20, 310, 180))


def _degraded():
    """Half the size, blurred, noisy, and through a poor JPEG."""
    small = _truth().filter(ImageFilter.GaussianBlur(1)).resize((SIDE // 2, SIDE // 2))
    noise = np.random.default_rng(5).normal(0, 4, (SIDE // 2, SIDE // 2, 3))
    noisy = np.clip(np.asarray(small, np.float32) + noise, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(noisy).save(file, "JPEG", quality=60)
    return Image.open(file).convert("RGB")


def _still(quality="fast", blend=0.6, face=None, picture=_degraded):
    def make(folder):
        crop, sheet = folder / "crop.png", folder / "face.json"
        picture().save(crop)
        sheet.write_text(json.dumps({"crop": [SIDE // 2, SIDE // 2], "box": face}))
        params = {"width": SIDE, "height": SIDE, "quality": quality, "blend": blend}
        return Inputs(params, 1, files={"face/crop.png": crop, "face/face.json": sheet})

    return make


def _video(quality="fast", frames=3):
    def make(folder):
        source = folder / "video.mp4"
        draw(source, "testsrc2", "64x96", frames)
        params = {"width": 128, "height": 192, "quality": quality, "blend": 0.6}
        return Inputs(params, 1, files={"animate/video.mp4": source})

    return make


def _no_picture(folder):
    given = _still()(folder)
    given.files["face/crop.png"].write_bytes(b"GIF89a, or so")
    return given


def _no_video(folder):
    given = _video()(folder)
    given.files["animate/video.mp4"].write_bytes(b"")
    return given


CASES = [
    Case(lanczos.ENGINE, _still(), {"INPUT_REFUSED": _no_picture}, "still"),
    Case(lanczos.ENGINE, _video(), {"INPUT_REFUSED": _no_video}, "video"),
    Case(
        realesrgan_cpu.ENGINE,
        _still("balanced", face=[30, 30, 50, 50]),
        {"INPUT_REFUSED": _no_picture},
        "still",
    ),
    pytest.param(
        Case(realesrgan_cpu.ENGINE, _video("balanced"), {"INPUT_REFUSED": _no_video}, "video"),
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case, check, tmp_path):
    check(case, tmp_path)


@pytest.fixture(scope="module")
def engine():
    engine = realesrgan_cpu.ENGINE()
    engine.load()
    yield engine
    engine.close()


def _made(engine, make, folder):
    work = folder / "work"
    work.mkdir(parents=True)
    return engine.run(make(folder), Workbench(work))


def _scores(picture):
    truth, other = np.asarray(_truth()), np.asarray(picture.convert("RGB"))
    return (
        peak_signal_noise_ratio(truth, other),
        structural_similarity(truth, other, channel_axis=2),
    )


@pytest.mark.parametrize(
    ("quality", "face"),
    [("best", None), ("balanced", None), ("balanced", [20, 20, 60, 70])],
    ids=["best", "whole", "face"],
)
@pytest.mark.slow
def test_enhancement_is_closer_to_the_original_than_plain_scaling(engine, quality, face, tmp_path):
    made = _made(engine, _still(quality, face=face), tmp_path)
    psnr, ssim = _scores(Image.open(made.parts["still.png"]))
    plain_psnr, plain_ssim = _scores(_degraded().resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    assert psnr > plain_psnr
    assert ssim > plain_ssim + 0.005


def test_blend_zero_is_plain_scaling_and_a_higher_blend_changes_more(engine, tmp_path):
    pictures = [
        np.asarray(Image.open(_made(engine, make, tmp_path / name).parts["still.png"]), np.float32)
        for name, make in (
            ("fast", _still("fast")),
            ("none", _still("balanced", blend=0.0)),
            ("half", _still("balanced", blend=0.5)),
            ("whole", _still("balanced", blend=1.0)),
        )
    ]
    far = [np.abs(picture - pictures[0]).mean() for picture in pictures]
    assert far[1] < 0.05 < far[2] < far[3]


def test_only_the_face_is_enhanced_if_its_box_is_known(engine, tmp_path):
    plain, faced = (
        np.asarray(Image.open(_made(engine, make, tmp_path / name).parts["still.png"]), np.int16)
        for name, make in (
            ("fast", _still("fast")),
            ("balanced", _still("balanced", face=[30, 30, 45, 48])),
        )
    )
    changed = np.abs(plain - faced).max(-1)
    assert changed[:30].max() == 0
    assert changed[70:90, 65:85].mean() > 1
    edge = changed[40:50, 50:100]  # the rim of the region fades in
    assert edge[:6].mean() < 2


def test_tiles_give_the_same_pixels_as_the_whole_picture():
    place = weights.folder()
    files = [place / f"{weights.VIDEO}.{kind}" for kind in ("param", "bin")]
    picture = np.asarray(_truth().resize((90, 70)), np.float32) / 255
    whole, tiled = (
        Network(*files, tiling).upscale(picture, lambda: None)
        for tiling in (Tiling(256, 18), Tiling(32, 18))
    )
    assert whole.shape == (280, 360, 3)
    assert np.abs(whole - tiled).max() < 1e-4  # 1 / 255 is 0.004


@pytest.mark.parametrize(
    "name", [weights.VIDEO, pytest.param(weights.PORTRAIT, marks=pytest.mark.slow)]
)
def test_the_network_agrees_with_ncnn(name):
    ncnn = pytest.importorskip("ncnn")
    place = weights.folder()
    files = [place / f"{name}.{kind}" for kind in ("param", "bin")]
    picture = np.asarray(_truth().resize((24, 20)), np.float32) / 255
    ours = Network(*files, Tiling(256, 18)).upscale(picture, lambda: None)
    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = net.opt.use_bf16_storage = False
    net.load_param(str(files[0]))
    net.load_model(str(files[1]))
    planes = np.ascontiguousarray(picture.transpose(2, 0, 1))  # ncnn only borrows it
    with net.create_extractor() as extractor:
        extractor.input("data", ncnn.Mat(planes))
        theirs = np.array(extractor.extract("output")[1]).transpose(1, 2, 0)
    apart = ours - np.clip(theirs, 0, 1)
    # Where the processor computes in 16 bit, single pixels are rounded further away.
    assert np.sqrt((apart**2).mean()) < 1 / 255
    assert np.abs(apart).max() < 12 / 255


def test_weights_of_another_network_are_rejected(tmp_path):
    place = weights.folder()
    structure = place / f"{weights.VIDEO}.param"
    longer = tmp_path / "longer.bin"
    longer.write_bytes((place / f"{weights.VIDEO}.bin").read_bytes() + b"1234")
    with pytest.raises(UnknownLayer):
        to_onnx(structure, longer)


def test_the_installed_weights_have_the_declared_hashes():
    import hashlib

    for weight in weights.WEIGHTS:
        content = (weights.folder() / weight.name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (weight.sha256, weight.bytes)


def test_a_stop_interrupts_the_network(engine):
    network = engine._networks[weights.PORTRAIT]
    picture = np.zeros((190, 190, 3), np.float32)  # some seconds
    asked = []

    def stop():
        asked.append(time.monotonic())
        raise Cancelled

    with pytest.raises(Cancelled):
        network.upscale(picture, stop)
    assert time.monotonic() - asked[0] < 1
    network.upscale(picture[:16, :16], lambda: None)  # and it works on


def test_a_video_keeps_its_frames_and_rate(engine, tmp_path):
    made = _made(engine, _video("best", frames=7), tmp_path)
    found = streams.read_streams(made.parts["video.mp4"])
    assert [stream.kind for stream in found] == ["video"]
    assert (found[0].packets, found[0].frame_rate) == (7, 25)
    assert (found[0].width, found[0].height) == (128, 192)
    assert (found[0].pixel_format, found[0].colours) == ("yuv420p", "bt709")

"""A kind of voice is suggested for a picture only if that is clear, and only if it is wanted."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from config import settings
from gpu_worker.engines.face import voice_register
from gpu_worker.engines.face.mediapipe_mesh import ENGINE
from gpu_worker.engines.face.tiny_xception import SIDE, TinyXception, read_weights
from gpu_worker.models.catalog import MODELS
from tasks.domain.examination import ExaminedFace
from tests.gpu_worker.engines import faces

BLANK = np.zeros((200, 200, 3), np.uint8)
POINTS = np.random.default_rng(1).uniform(50, 150, (478, 3)).astype(np.float32)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    caches = (voice_register._network, settings.current)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Put a package of the declared size into the folder of the models."""

    def put(members: dict[str, bytes]) -> None:
        monkeypatch.setenv("MODELS_DIR", str(tmp_path))
        path = MODELS["face-api"].folder / voice_register.PACKAGE.name
        path.parent.mkdir()
        with tarfile.open(path, "w:gz") as file:
            for name, content in members.items():
                entry = tarfile.TarInfo(f"package/model/age_gender_model{name}")
                entry.size = len(content)
                file.addfile(entry, io.BytesIO(content))
        with path.open("ab") as padded:
            padded.truncate(voice_register.PACKAGE.bytes)

    return put


def weights() -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Random weights in the shapes of the published ones."""
    random = np.random.default_rng(3)
    shapes: dict[str, tuple[int, ...]] = {"entry_flow/conv_in/filters": (3, 3, 3, 32)}
    blocks = {
        "entry_flow/reduction_block_0": (32, 64),
        "entry_flow/reduction_block_1": (64, 128),
        "exit_flow/reduction_block": (128, 256),
    }
    separable = {"exit_flow/separable_conv": (256, 512)}
    for name, (taken, given) in blocks.items():
        shapes[f"{name}/expansion_conv/filters"] = (1, 1, taken, given)
        shapes[f"{name}/expansion_conv/bias"] = (given,)
        separable |= {
            f"{name}/separable_conv0": (taken, given),
            f"{name}/separable_conv1": (given, given),
        }
    for number in range(6):
        block, part = divmod(number, 3)
        separable[f"middle_flow/main_block_{block}/separable_conv{part}"] = (128, 128)
    for name, (taken, given) in separable.items():
        shapes[f"{name}/depthwise_filter"] = (3, 3, taken, 1)
        shapes[f"{name}/pointwise_filter"] = (1, 1, taken, given)
        shapes[f"{name}/bias"] = (given,)
    shapes |= {"entry_flow/conv_in/bias": (32,)}
    shapes |= {"fc/gender/weights": (512, 2), "fc/gender/bias": (2,)}
    return {
        name: (random.normal(0, 1, shape) / max(np.prod(shape[:-1]), 1) ** 0.5).astype(np.float32)
        for name, shape in shapes.items()
    }


class Graph:
    """The same network for onnxruntime, written from the published source of the architecture."""

    def __init__(self, named: dict[str, Any]) -> None:
        self.named, self.nodes, self.values = named, [], []  # type: ignore[var-annotated]

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def value(self, array: Any) -> str:
        name = f"v{len(self.values)}"
        self.values.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def convolve(self, x: str, filters: Any, bias: Any, **attributes: Any) -> str:
        kernels = self.value(filters.transpose(3, 2, 0, 1))
        inputs = [x, kernels] if bias is None else [x, kernels, self.value(bias)]
        return self.add("Conv", *inputs, auto_pad="SAME_UPPER", **attributes)

    def separable(self, x: str, name: str) -> str:
        own = self.named[f"{name}/depthwise_filter"]
        x = self.convolve(x, own.transpose(0, 1, 3, 2), None, group=own.shape[2])
        return self.convolve(x, self.named[f"{name}/pointwise_filter"], self.named[f"{name}/bias"])

    def reduced(self, x: str, name: str, *, active: bool) -> str:
        deep = self.separable(self.add("Relu", x) if active else x, f"{name}/separable_conv0")
        deep = self.separable(self.add("Relu", deep), f"{name}/separable_conv1")
        deep = self.add("MaxPool", deep, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
        beside = (self.named[f"{name}/expansion_conv/{part}"] for part in ("filters", "bias"))
        return self.add("Add", deep, self.convolve(x, *beside, strides=[2, 2]))

    def whole(self) -> bytes:
        first = (self.named[f"entry_flow/conv_in/{part}"] for part in ("filters", "bias"))
        x = self.add("Relu", self.convolve("x", *first, strides=[2, 2]))
        x = self.reduced(x, "entry_flow/reduction_block_0", active=False)
        x = self.reduced(x, "entry_flow/reduction_block_1", active=True)
        for block in range(2):
            before = x
            for part in range(3):
                name = f"middle_flow/main_block_{block}/separable_conv{part}"
                x = self.separable(self.add("Relu", x), name)
            x = self.add("Add", x, before)
        x = self.reduced(x, "exit_flow/reduction_block", active=True)
        x = self.add("Relu", self.separable(x, "exit_flow/separable_conv"))
        pooled = self.add("Flatten", self.add("GlobalAveragePool", x))
        layer = (self.value(self.named[f"fc/gender/{part}"]) for part in ("weights", "bias"))
        self.nodes[-1:] = [self.nodes[-1], helper.make_node("Gemm", [pooled, *layer], ["y"])]
        ends = [
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None)] for name in ("x", "y")
        ]
        graph = helper.make_graph(self.nodes, "net", *ends, self.values)
        opset = [helper.make_opsetid("", 17)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=9)
        assert isinstance(model, onnx.ModelProto)
        return model.SerializeToString()


def test_the_network_computes_what_its_published_architecture_says() -> None:
    named = weights()
    seen = np.random.default_rng(5).integers(0, 255, (2, SIDE, SIDE, 3)).astype(np.uint8)
    normal = ((seen - np.array([122.782, 117.001, 104.298])) / 255).astype(np.float32)
    session = onnxruntime.InferenceSession(Graph(named).whole(), providers=["CPUExecutionProvider"])
    (wanted,) = session.run(None, {"x": normal.transpose(0, 3, 1, 2)})
    assert np.std(wanted) > 0.01
    assert TinyXception(named).answers(seen, "fc/gender") == pytest.approx(wanted, rel=1e-3)


def test_weights_are_read_as_they_are_published() -> None:
    manifest = [
        {"name": "a", "shape": [2, 2], "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1}},
        {"name": "b", "shape": [1]},
    ]
    values = bytes([0, 2, 4, 255]) + np.float32(7.25).tobytes()
    found = read_weights(json.dumps([{"weights": manifest}]).encode(), values)
    assert found["a"].tolist() == [[-1.0, 0.0], [1.0, 126.5]]
    assert found["b"].tolist() == [7.25]
    with pytest.raises(ValueError, match="fit"):
        read_weights(json.dumps([{"weights": manifest}]).encode(), values + b"x")


@pytest.mark.parametrize(
    ("answers", "register"),
    [
        ([2.0, 1.2, 2.4, 1.4], "lower"),
        ([-2.0, -1.2, -2.4, -1.4], "higher"),
        ([1.2, 1.3, 1.4, 1.5], ""),
        ([4.0, 4.0, 4.0, -0.1], ""),
        ([-4.0, -4.0, -4.0, 0.0], ""),
    ],
)
def test_an_answer_that_is_unclear_or_not_common_gives_no_suggestion(
    answers: list[float], register: str
) -> None:
    assert voice_register.register_of(answers) == register


def test_off_by_setting_nothing_is_read_or_computed(
    monkeypatch: pytest.MonkeyPatch, package: Callable[..., None]
) -> None:
    monkeypatch.setenv("VOICE_SUGGESTIONS", "off")
    package({})
    monkeypatch.setattr(voice_register, "_network", pytest.fail)
    monkeypatch.setattr(voice_register, "_cuts", pytest.fail)
    assert voice_register.suggested_register(BLANK, POINTS) == ""


def test_without_the_package_nothing_is_suggested(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MODELS_DIR", str(tmp_path))
    monkeypatch.setattr(voice_register, "_network", pytest.fail)
    assert voice_register.suggested_register(BLANK, POINTS) == ""


@pytest.mark.parametrize("members", [{}, {"-weights_manifest.json": b"[{", ".bin": b""}], ids=str)
def test_a_damaged_package_suggests_nothing_and_is_logged(
    package: Callable[..., None], members: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    package(members)
    for _ in range(2):
        assert voice_register.suggested_register(BLANK, POINTS) == ""
    assert [record.name for record in caplog.records] == [voice_register.__name__]


def test_nothing_but_the_kind_of_voice_leaves_the_examination(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(
        "gpu_worker.engines.face.examination.suggested_register", lambda *_: "higher"
    )
    (face,) = _examined(faces.astronaut(), tmp_path)
    assert face.voice_register == "higher"
    assert set(asdict(face)) == {"box", "code", "reason", "quality", "voice_register"}
    assert not any("higher" in record.getMessage() for record in caplog.records)
    (covered,) = _examined(faces.painted(faces.MOUTH, (40, 40, 160)), tmp_path)
    assert (covered.usable, covered.voice_register) == (False, "")


@pytest.mark.parametrize(
    ("picture", "register"),
    [
        (faces.astronaut, "higher"),
        (faces.black_and_white, "higher"),
        (faces.admiral, ""),
        (faces.darker_skin, ""),
        (faces.castiglione, "lower"),
        (lambda: faces.painting("straw_hat"), "higher"),
        (lambda: faces.painting("mona_lisa"), ""),
    ],
)
def test_portraits_have_the_right_voice_or_none(
    picture: Callable[[], faces.Rgb], register: str, tmp_path: Path
) -> None:
    if MODELS["face-api"].missing():
        pytest.skip("the network is absent: python config/setup/voices.py")
    (face,) = _examined(picture(), tmp_path)
    assert face.voice_register == register


def _examined(rgb: faces.Rgb, folder: Path) -> tuple[ExaminedFace, ...]:
    source = folder / "picture.png"
    cv2.imwrite(str(source), np.ascontiguousarray(rgb[..., ::-1]))
    engine = _engine()
    return engine.examine(source, folder).verdict.faces


def _engine() -> ENGINE:
    engine = ENGINE()
    engine.load()
    return engine

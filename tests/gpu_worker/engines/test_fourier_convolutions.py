"""Long convolutions are computed in the frequency domain, with the same result."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from gpu_worker.speech.fourier_convolutions import BLOCKS, transforms, with_fourier_convolutions

chance = np.random.default_rng(5)


def convolution(
    channels: int, kernel: int, dilation: int = 1, *, bias: bool = True, **attributes: Any
) -> Any:
    """A convolution with quantised weights."""
    pads = [dilation * (kernel - 1) // 2] * 2
    given = {"dilations": [dilation], "pads": pads, "kernel_shape": [kernel]} | attributes
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "scale", "zero"], ["weights"]),
        helper.make_node("Conv", ["x", "weights", *(["b"] if bias else [])], ["y"], **given),
    ]
    values = {
        "w": chance.integers(0, 256, (channels, channels, kernel)).astype(np.uint8),
        "scale": np.float32(0.001),
        "zero": np.uint8(121),
        **({"b": chance.standard_normal(channels).astype(np.float32)} if bias else {}),
    }
    graph = helper.make_graph(
        nodes,
        "convolution",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, channels, None])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, channels, None])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def run(model: Any, x: np.ndarray, weights: dict[str, Any] | None = None) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return np.asarray(session.run(None, {"x": x} | (weights or {}))[0])


@pytest.mark.parametrize(("channels", "kernel"), BLOCKS)
@pytest.mark.parametrize(("dilation", "bias"), [(1, True), (3, False), (5, True)])
def test_the_result_is_the_same(channels: int, kernel: int, dilation: int, bias: bool) -> None:
    before, after = (convolution(channels, kernel, dilation, bias=bias) for _ in range(2))
    after.CopyFrom(before)
    weights = with_fourier_convolutions(after)
    onnx.checker.check_model(after)
    assert "Conv" not in {node.op_type for node in after.graph.node}
    span = (BLOCKS[channels, kernel] - kernel + 1) * dilation
    for length in (1, span - 1, span, span + 1, 3 * span + 2):
        x = chance.standard_normal((1, channels, length)).astype(np.float32)
        expected, got = run(before, x), run(after, x, weights)
        assert got.shape == expected.shape
        assert np.abs(got - expected).max() < 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize(
    "other",
    [
        convolution(64, 7),
        convolution(256, 3),
        convolution(256, 7, strides=[2]),
        convolution(256, 7, pads=[6, 0]),
    ],
)
def test_other_convolutions_stay(other: Any) -> None:
    before = other.SerializeToString(deterministic=True)
    assert with_fourier_convolutions(other) == {}
    assert other.SerializeToString(deterministic=True) == before


def test_no_weights_are_left_in_the_model() -> None:
    model = convolution(256, 11)
    with_fourier_convolutions(model)
    assert model.ByteSize() < 20_000


@pytest.mark.parametrize(("block", "kernel"), [(16, 7), (24, 11), (32, 11), (8, 2)])
def test_transforms_multiply_once_for_each_frequency(block: int, kernel: int) -> None:
    of_inputs, of_weights, of_outputs = (np.array(rows) for rows in transforms(block, kernel))
    inputs, weights = chance.standard_normal(block), chance.standard_normal(kernel)
    got = of_outputs @ ((of_weights @ weights) * (of_inputs @ inputs))
    assert np.allclose(got, np.correlate(inputs, weights, "valid"))
    assert len(of_inputs) == 2 + 3 * (block // 2 - 1)

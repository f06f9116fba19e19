"""Convolutions of integers are computed as floats, with the weights as small as before."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from gpu_worker.speech.float_convolutions import with_float_convolutions

CHANNELS, WIDTH = 6, 5
chance = np.random.default_rng(3)
WEIGHTS = chance.integers(0, 256, (4, CHANNELS, WIDTH)).astype(np.uint8)
ZERO, SCALE = np.uint8(121), np.float32(0.01)
BIAS = chance.standard_normal(4).astype(np.float32)


def quantised(*, bias: bool) -> Any:
    """A convolution as onnxruntime's quantiser writes it."""
    node = helper.make_node
    nodes = [
        node("DynamicQuantizeLinear", ["x"], ["x_quantized", "x_scale", "x_zero"]),
        node("ConvInteger", ["x_quantized", "w", "x_zero", "w_zero"], ["sum"], "conv", pads=[2, 2]),
        node("Mul", ["x_scale", "w_scale"], ["scale"]),
        *(
            [
                node("Div", ["b", "scale"], ["b_divided"]),
                node("Floor", ["b_divided"], ["b_floor"]),
                node("Cast", ["b_floor"], ["b_quantized"], to=TensorProto.INT32),
                node("Reshape", ["b_quantized", "b_shape"], ["b_shaped"]),
                node("Add", ["sum", "b_shaped"], ["biased"]),
            ]
            if bias
            else []
        ),
        node("Cast", ["biased" if bias else "sum"], ["cast"], to=TensorProto.FLOAT),
        node("Mul", ["cast", "scale"], ["y"]),
    ]
    weights = {"w": WEIGHTS, "w_zero": ZERO, "w_scale": SCALE, "b": BIAS}
    weights["b_shape"] = np.array([1, -1, 1], np.int64)
    read = {name for one in nodes for name in one.input}
    graph = helper.make_graph(
        nodes,
        "quantised",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, None])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, None])],
        [numpy_helper.from_array(np.asarray(w), n) for n, w in weights.items() if n in read],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def run(model: Any, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return np.asarray(session.run(None, {"x": x})[0])


@pytest.mark.parametrize("bias", [True, False])
def test_only_the_rounding_of_the_inputs_goes(bias: bool) -> None:
    model = quantised(bias=bias)
    x = chance.standard_normal((1, CHANNELS, 40)).astype(np.float32)
    before, size = run(model, x), model.ByteSize()
    with_float_convolutions(model)
    onnx.checker.check_model(model)
    assert [node.op_type for node in model.graph.node] == ["DequantizeLinear", "Conv"]
    assert model.ByteSize() < size
    after = run(model, x)
    weights = (WEIGHTS.astype(np.float32) - np.float32(ZERO)) * SCALE
    padded = np.pad(x[0], ((0, 0), (2, 2)))
    exact = np.stack([padded[:, t : t + WIDTH] for t in range(40)])
    exact = np.einsum("tcw,ocw->ot", exact, weights) + (BIAS[:, None] if bias else 0)
    assert np.abs(after[0] - exact).max() < 1e-4
    assert 1e-3 < np.abs(before[0] - exact).max() < 0.5


def test_a_graph_of_another_form_is_not_changed_by_guessing() -> None:
    model = quantised(bias=False)
    model.graph.node[-1].op_type = "Sub"
    with pytest.raises(ValueError, match="is followed by Sub"):
        with_float_convolutions(model)

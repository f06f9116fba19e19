"""Convert a network from ncnn to ONNX: the same weights, several times as fast on a CPU.

Only the layers of Real-ESRGAN's two architectures are supported; any other layer is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gpu_worker.engines.enhance.ncnn_file import Layer, UnknownLayer, Weights, layers


@dataclass(slots=True)
class _Graph:
    weights: Weights
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, name: str, values: Any) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def add(self, kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))


def to_onnx(structure: Path, weights: Path) -> bytes:
    """Return the network as an ONNX model with input `data` and output `output`."""
    from onnx import TensorProto, helper

    graph = _Graph(Weights(weights.read_bytes()))
    for layer in layers(structure):
        if layer.kind not in _LAYERS:
            raise UnknownLayer(layer.kind)
        _LAYERS[layer.kind](graph, layer)
    graph.weights.end()
    whole = helper.make_graph(
        graph.nodes,
        structure.stem,
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 3, "H", "W"])],
        graph.constants,
    )
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    serialized: bytes = model.SerializeToString()
    return serialized


def _nothing(graph: _Graph, layer: Layer) -> None:
    """Add nothing: the input is declared with the graph."""


def _convolution(graph: _Graph, layer: Layer) -> None:
    side = layer.integer("1")
    kernel, bias = graph.weights.convolution(layer)
    leaky = layer.integer("9") == 2
    made = [f"{layer.outputs[0]}_linear"] if leaky else layer.outputs
    constants = [
        graph.constant(f"{layer.name}_kernel", kernel),
        graph.constant(f"{layer.name}_bias", bias),
    ]
    pads = [layer.integer("4")] * 4
    graph.add("Conv", [*layer.inputs, *constants], made, kernel_shape=[side, side], pads=pads)
    if leaky:
        graph.add("LeakyRelu", made, layer.outputs, alpha=layer.numbers("-23310")[0])


def _prelu(graph: _Graph, layer: Layer) -> None:
    slope = graph.constant(f"{layer.name}_slope", graph.weights.slopes(layer).reshape(-1, 1, 1))
    graph.add("PRelu", [*layer.inputs, slope], layer.outputs)


def _split(graph: _Graph, layer: Layer) -> None:
    for output in layer.outputs:
        graph.add("Identity", layer.inputs, [output])


def _concat(graph: _Graph, layer: Layer) -> None:
    graph.add("Concat", layer.inputs, layer.outputs, axis=1)


def _weighted_sum(graph: _Graph, layer: Layer) -> None:
    import numpy as np

    terms = []
    for index, (source, factor) in enumerate(
        zip(layer.inputs, layer.numbers("-23301"), strict=True)
    ):
        scaled = f"{layer.name}_term{index}"
        by = graph.constant(f"{scaled}_factor", np.array(factor, np.float32))
        graph.add("Mul", [source, by], [scaled])
        terms.append(scaled)
    graph.add("Add", terms, layer.outputs)


def _sum(graph: _Graph, layer: Layer) -> None:
    if layer.integer("0") != 0:
        raise UnknownLayer(f"BinaryOp {layer.options['0']}")
    graph.add("Add", layer.inputs, layer.outputs)


def _nearest(graph: _Graph, layer: Layer) -> None:
    import numpy as np

    factor = float(layer.options["1"])
    scales = graph.constant(f"{layer.name}_scales", np.array([1, 1, factor, factor], np.float32))
    how = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    graph.add("Resize", [*layer.inputs, "", scales], layer.outputs, mode="nearest", **how)


def _pixel_shuffle(graph: _Graph, layer: Layer) -> None:
    block = layer.integer("0")
    graph.add("DepthToSpace", layer.inputs, layer.outputs, blocksize=block, mode="CRD")


_LAYERS: dict[str, Callable[[_Graph, Layer], None]] = {
    "Input": _nothing,
    "Convolution": _convolution,
    "PReLU": _prelu,
    "Split": _split,
    "Concat": _concat,
    "Eltwise": _weighted_sum,
    "BinaryOp": _sum,
    "Interp": _nearest,
    "PixelShuffle": _pixel_shuffle,
}

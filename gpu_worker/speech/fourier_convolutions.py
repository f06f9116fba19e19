"""Compute the long convolutions of a network block by block in the frequency domain.

A convolution over time multiplies matrices of channels once for each weight of its kernel, and that
takes most of the time of a vocoder. In the frequency domain they are multiplied once for each
frequency of a block, which is less often for the same number of outputs. The result is the same
except for the rounding of 32 bits.

Everything is written as multiplications of matrices, which onnxruntime computes at full speed. The
weights are transformed once, and the model reads them as further inputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCKS: Final = {(256, 7): 16, (256, 11): 24, (128, 7): 24, (128, 11): 32}
"""The inputs of a block by channels and kernel: those for which it is worth it, and the quickest.

Larger blocks need more memory for their weights. With shorter kernels or fewer channels, the
transforms cost more than the multiplications that they save.
"""
_END: Final = 2**62

Rows = list[list[float]]
Weights = dict[str, "NDArray[np.float32]"]
"""The transformed weights by name."""


def with_fourier_convolutions(model: Any) -> Weights:
    """Replace each `Conv` of a size in `BLOCKS` whose weights are dequantised.

    Return the transformed weights, which become inputs of the model: onnxruntime would copy those
    that are inside it, several times while it is loaded.
    """
    from onnx import TensorProto, helper

    graph = model.graph
    stored = {weight.name: weight for weight in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    constants = _Constants(graph)
    weights: Weights = {}
    nodes: list[Any] = []
    for node in graph.node:
        layer = _layer(node, makers, stored)
        if layer is None:
            nodes.append(node)
            continue
        nodes += _Nodes(layer, constants).made()
        weights[layer.weights] = _transformed(layer, stored)
        shape = weights[layer.weights].shape
        graph.input.append(helper.make_tensor_value_info(layer.weights, TensorProto.FLOAT, shape))
    del graph.node[:]
    graph.node.extend(nodes)
    _drop_unread(graph)
    return weights


def _drop_unread(graph: Any) -> None:
    """Drop what expands weights that are not read any more, and those weights."""
    read = {name for node in graph.node for name in node.input}
    _keep(graph.node, lambda n: n.op_type != "DequantizeLinear" or n.output[0] in read)
    read = {name for node in graph.node for name in node.input}
    _keep(graph.initializer, lambda weights: weights.name in read)


def _keep(items: Any, is_kept: Callable[[Any], bool]) -> None:
    """Delete the other items one by one: a new list would copy those that are kept."""
    for at in reversed(range(len(items))):
        if not is_kept(items[at]):
            del items[at]


@dataclass(frozen=True, slots=True)
class _Layer:
    """A convolution that is replaced: what it reads and writes, and its sizes."""

    source: str
    quantised: tuple[str, str, str]
    """Its weights, their scale and their zero."""
    bias: str
    target: str
    channels: int
    kernel: int
    dilation: int

    @property
    def weights(self) -> str:
        """Return the name of its transformed weights."""
        return f"{self.target}_fourier_weights"

    @property
    def block(self) -> int:
        return BLOCKS[self.channels, self.kernel]

    @property
    def step(self) -> int:
        """Return the outputs of a block."""
        return self.block - self.kernel + 1


def _layer(node: Any, makers: dict[str, Any], weights: dict[str, Any]) -> _Layer | None:
    """Return a node as a layer if it can be replaced."""
    from onnx import helper

    maker = makers.get(node.input[1]) if node.op_type == "Conv" else None
    if maker is None or maker.op_type != "DequantizeLinear":
        return None
    written, read, *kernel = weights[maker.input[0]].dims
    if written != read or (read, *kernel) not in BLOCKS:
        return None
    given = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    (dilation,) = given.get("dilations", [1])
    centred = [dilation * (kernel[0] - 1) // 2] * 2
    if (given.get("strides", [1]), given.get("group", 1), given.get("pads")) != ([1], 1, centred):
        return None
    bias = node.input[2] if len(node.input) > 2 else ""
    data, scale, zero = maker.input
    return _Layer(
        node.input[0], (data, scale, zero), bias, node.output[0], read, kernel[0], dilation
    )


def _transformed(layer: _Layer, stored: dict[str, Any]) -> NDArray[np.float32]:
    """Return the weights of a layer: a matrix of channels for each row of the transform."""
    import numpy as np
    from onnx import numpy_helper

    data, scale, zero = (numpy_helper.to_array(stored[name]) for name in layer.quantised)
    exact = (data.transpose(2, 0, 1).astype(np.float32) - zero.astype(np.float32)) * scale
    _, of_weights, _ = transforms(layer.block, layer.kernel)
    rows: NDArray[np.float32] = np.array(of_weights, np.float32) @ exact.reshape(layer.kernel, -1)
    return rows.reshape(-1, 1, layer.channels, layer.channels)


class _Constants:
    """Values that several nodes of a graph share, each stored once."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._names: dict[str, str] = {}

    def integers(self, *values: int) -> str:
        from onnx import TensorProto

        return self._named(TensorProto.INT64, [len(values)], values)

    def floats(self, rows: Sequence[Sequence[float]]) -> str:
        from onnx import TensorProto

        values = [value for row in rows for value in row]
        return self._named(TensorProto.FLOAT, [len(rows), len(rows[0])], values)

    def _named(self, kind: int, shape: Sequence[int], values: Sequence[float]) -> str:
        from onnx import helper

        key = f"{shape} {list(values)}"
        if key not in self._names:
            self._names[key] = f"fourier_constant_{len(self._names)}"
            self._graph.initializer.append(
                helper.make_tensor(self._names[key], kind, shape, values)
            )
        return self._names[key]


class _Nodes:
    """The nodes in the place of one convolution.

    Blocks overlap: each begins where the outputs of the one before end. With a dilation of three,
    a block has every third input, and three blocks are interleaved.
    """

    def __init__(self, layer: _Layer, constants: _Constants) -> None:
        self._layer = layer
        self._integers, self._floats = constants.integers, constants.floats
        self._nodes: list[Any] = []

    def made(self) -> list[Any]:
        layer, integers, floats = self._layer, self._integers, self._floats
        of_inputs, _, of_outputs = transforms(layer.block, layer.kernel)
        size = len(of_inputs)
        length = self._add("Shape", layer.source, start=2, end=3)
        spectra = self._add("MatMul", floats(of_inputs), self._blocks(length))
        apart = integers(size, layer.dilation, layer.channels, -1)
        spectra = self._add("Reshape", spectra, apart)
        products = self._add("MatMul", layer.weights, spectra)
        products = self._add("Reshape", products, integers(size, -1))
        self._joined(self._add("MatMul", floats(of_outputs), products), length)
        return self._nodes

    def _blocks(self, length: str) -> str:
        """Cut the inputs into blocks: a matrix with a row for each place in a block."""
        layer, integers = self._layer, self._integers
        first, last, by = integers(0), integers(_END), integers(3)
        span = layer.step * layer.dilation
        # As many whole blocks as there are outputs, and one more, which they overlap.
        whole = self._add("Add", length, integers(2 * span - 1))
        whole = self._add("Mul", self._add("Div", whole, integers(span)), integers(span))
        before = layer.dilation * (layer.kernel - 1) // 2
        after = self._add("Sub", self._add("Sub", whole, length), integers(before))
        pads = self._add("Concat", integers(0, 0, before, 0, 0), after, axis=0)
        padded = self._add("Pad", layer.source, pads)
        # A matrix is turned faster than an array of more dimensions.
        rows = self._add("Transpose", self._add("Reshape", padded, integers(-1, span)), perm=[1, 0])
        apart = integers(layer.step, layer.dilation, layer.channels, -1)
        rows = self._add("Reshape", rows, apart)
        own = self._add("Slice", rows, first, integers(-1), by)
        following = self._add("Slice", rows, integers(1), last, by)
        shared = integers(layer.block - layer.step)
        following = self._add("Slice", following, first, shared, first)
        return self._add(
            "Reshape", self._add("Concat", own, following, axis=0), integers(layer.block, -1)
        )

    def _joined(self, rows: str, length: str) -> None:
        """Join the outputs of all blocks, and add the bias."""
        layer, integers = self._layer, self._integers
        rows = self._add("Reshape", rows, integers(layer.step * layer.dilation, -1))
        blocks = self._add("Transpose", rows, perm=[1, 0])
        joined = self._add("Reshape", blocks, integers(1, layer.channels, -1))
        cut = joined, integers(0), length, integers(2)
        if not layer.bias:
            self._add("Slice", *cut, target=layer.target)
            return
        bias = self._add("Reshape", layer.bias, integers(1, -1, 1))
        self._add("Add", self._add("Slice", *cut), bias, target=layer.target)

    def _add(self, kind: str, *read: str, target: str = "", **attributes: Any) -> str:
        """Add a node; return the name of its output."""
        from onnx import helper

        made = target or f"{self._layer.target}_fourier_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(read), [made], made, **attributes))
        return made


def transforms(block: int, kernel: int) -> tuple[Rows, Rows, Rows]:
    """Return the matrices that transform inputs, weights and products of a block.

    outputs = of_outputs @ ((of_weights @ weights) * (of_inputs @ inputs))

    They are those of the discrete Fourier transform in real numbers: one for the lowest and for
    the highest frequency, and three for each between, because three multiplications are enough for
    a product of complex numbers.
    """
    of_inputs: list[list[float]] = []
    of_weights: list[list[float]] = []
    of_outputs: list[list[float]] = []
    for frequency in range(block // 2 + 1):
        turn = 2 * math.pi * frequency / block
        cosines = [math.cos(turn * at) for at in range(block)]
        sines = [math.sin(turn * at) for at in range(block)]
        outputs = block - kernel + 1
        if frequency in (0, block // 2):
            of_inputs.append(cosines)
            of_weights.append(cosines[:kernel])
            of_outputs.append([one / block for one in cosines[:outputs]])
            continue
        pairs = list(zip(cosines, sines, strict=True))
        of_inputs += [[c - s for c, s in pairs], cosines, [-s for s in sines]]
        of_weights += [
            cosines[:kernel],
            [s - c for c, s in pairs[:kernel]],
            [s + c for c, s in pairs[:kernel]],
        ]
        share = 2 / block
        of_outputs += [
            [share * (c - s) for c, s in pairs[:outputs]],
            [-share * s for s in sines[:outputs]],
            [-share * c for c in cosines[:outputs]],
        ]
    return of_inputs, of_weights, [list(row) for row in zip(*of_outputs, strict=True)]

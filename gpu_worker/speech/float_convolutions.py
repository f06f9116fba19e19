"""Compute the convolutions of a quantised network in 32 bits.

onnxruntime has no fast code for convolutions of integers: on a CPU they take longer than those of
floats, and rounding their inputs adds noise. The weights stay as small as they are in the file;
they are expanded once, when the network is loaded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


def with_float_convolutions(model: Any) -> None:
    """Replace each `ConvInteger` of an ONNX model, with what quantises around it, by a `Conv`."""
    graph = model.graph
    links = _Links(graph)
    replaced = {
        chain.last: _nodes(chain)
        for node in graph.node
        if node.op_type == "ConvInteger"
        for chain in (_chain(node, links),)
    }
    nodes = [new for node in graph.node for new in replaced.get(node.output[0], [node])]
    kept = _needed(nodes, [output.name for output in graph.output])
    del graph.node[:]
    graph.node.extend(kept)
    _drop_unused_weights(graph)


class _Links:
    """Which node makes a value, and which nodes read it."""

    def __init__(self, graph: Any) -> None:
        self.maker = {name: node for node in graph.node for name in node.output}
        self.readers: dict[str, list[Any]] = defaultdict(list)
        for node in graph.node:
            for name in node.input:
                self.readers[name].append(node)

    def reader(self, node: Any, *types: str) -> Any:
        """Return the only reader of a node, which must be of one of these types."""
        (found,) = self.readers[node.output[0]]
        if found.op_type not in types:
            raise ValueError(f"{node.name} is followed by {found.op_type}")
        return found


@dataclass(frozen=True)
class _Chain:
    """A quantised convolution: its node, and the values around it."""

    node: Any
    data: str
    scale: str
    bias: str
    last: str
    """The value that the chain ends with."""


def _chain(node: Any, links: _Links) -> _Chain:
    """Follow a convolution from the value that is quantised to its result as floats."""
    data = links.maker[node.input[0]].input[0]
    after = links.reader(node, "Add", "Cast")
    bias = ""
    if after.op_type == "Add":
        (rounded,) = (name for name in after.input if name != node.output[0])
        bias = rounded
        while bias in links.maker:
            bias = links.maker[bias].input[0]
        after = links.reader(after, "Cast")
    scaled = links.reader(after, "Mul")
    (factor,) = (name for name in scaled.input if name != after.output[0])
    (scale,) = (name for name in links.maker[factor].input if name not in links.maker)
    return _Chain(node, data, scale, bias, scaled.output[0])


def _nodes(chain: _Chain) -> list[Any]:
    from onnx import helper

    weights, zero = chain.node.input[1], chain.node.input[3]
    expanded = f"{chain.last}_weights"
    convolution = helper.make_node(
        "Conv",
        [chain.data, expanded, *([chain.bias] if chain.bias else [])],
        [chain.last],
        chain.node.name,
    )
    convolution.attribute.extend(chain.node.attribute)
    return [
        helper.make_node("DequantizeLinear", [weights, chain.scale, zero], [expanded], expanded),
        convolution,
    ]


def _needed(nodes: Iterable[Any], outputs: Iterable[str]) -> list[Any]:
    """Return the nodes that the outputs depend on, in their order."""
    wanted, kept = set(outputs), []
    for node in reversed(list(nodes)):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    return kept[::-1]


def _drop_unused_weights(graph: Any) -> None:
    read = {name for node in graph.node for name in node.input}
    kept = [weights for weights in graph.initializer if weights.name in read]
    del graph.initializer[:]
    graph.initializer.extend(kept)

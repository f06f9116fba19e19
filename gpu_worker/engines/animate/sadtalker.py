"""Animate a face with SadTalker, whose networks follow the sound, on a GPU.

The networks run in a separate process (`gpu_worker.sadtalker`). This engine sends it the chosen
face with its landmarks, and puts the returned faces into the picture and the encoder.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar, Final

from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.models import torch_device
from gpu_worker.models.catalog import MODELS
from gpu_worker.sadtalker.checkout import Checkout, chosen
from tasks.domain.errors import EngineBroken, InputRefused

if TYPE_CHECKING:
    from gpu_worker.sadtalker.warm import WarmTalker

_MODEL = MODELS["sadtalker"]
_PACKAGES: Final = ("cv2", "librosa", "numpy", "safetensors", "scipy", "skimage", "yacs")
_FRAME_RATE: Final = 25
_BATCHES: Final = (8, 2, 1)
"""Faces drawn at once: normally, and with each memory fallback."""


class SadTalker:
    """Keeps its three models loaded in a process beside the worker."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="sadtalker",
        stage="animate",
        version="1",
        kind="real",
        environments=("sadtalker",),
        licence=_MODEL.licence,
        params=("width", "height", "fps"),
        files=(
            "voice/speech.wav",
            "voice/timings.json",
            "face/crop.png",
            "face/face.json",
            "face/mask.png",
        ),
        uses_seed=True,
        device="cuda",
        memory_mb=6000,
        seconds=20,
        weights=_MODEL.files,
        memory_fallbacks=("small_batch", "single_faces"),
    )

    def __init__(self) -> None:
        self._talker: WarmTalker | None = None

    def probe(self) -> Probe:
        absent = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
        if absent:
            why = f"missing: {', '.join(absent)}"
            return Probe(False, why, "callsheet env create sadtalker")
        checkout = chosen()
        if checkout is None or checkout.modules_missing:
            return _no_checkout(checkout)
        if checkout.weights_missing:
            files = ", ".join(checkout.weights_missing)
            why = f"files are missing in {checkout.checkpoints}: {files}"
            return Probe(False, why, "callsheet models fetch sadtalker")
        able = torch_device.probe("sadtalker")
        return Probe(True, decides=checkout.identity) if able.ok else able

    def load(self) -> None:
        if self._talker is not None and self._talker.alive:
            return
        self.close()
        checkout = chosen()
        if checkout is None or checkout.modules_missing or checkout.weights_missing:
            raise EngineBroken("SadTalker is no longer installed on this machine.")
        from gpu_worker.sadtalker.warm import WarmTalker

        self._talker = WarmTalker(checkout)

    def close(self) -> None:
        if self._talker is not None:
            self._talker.close()
            self._talker = None

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        from gpu_worker.engines.animate.face_window import FaceWindow, Patchwork
        from gpu_worker.engines.animate.sadtalker_scene import write_scene
        from gpu_worker.engines.animate.speech import read_speech
        from gpu_worker.engines.animate.subject import read_subject
        from gpu_worker.media.encoder import encoding

        fps = int(inputs.params.get("fps", _FRAME_RATE))
        if fps != _FRAME_RATE:
            raise InputRefused(f"This animator supports only {_FRAME_RATE} frames per second.")
        self.load()
        assert self._talker is not None  # noqa: S101  load() made it
        ctx.progress(0.0, "Preparing the face")
        speech = read_speech(inputs.files["voice/speech.wav"], inputs.files["voice/timings.json"])
        subject = read_subject(inputs.files, inputs.params)
        count, window = speech.frames(fps), FaceWindow.around(subject)
        with TemporaryDirectory(dir=ctx.workdir) as folder:
            write_scene(Path(folder), subject, window, speech, self._talker.size)
            self._talker.prepare(Path(folder), inputs.seed, count, ctx.check)
        video, patchwork = ctx.workdir / "video.mp4", Patchwork(subject.image, window)
        with encoding(subject.size, fps, video, "rgb24") as encoder:
            faces = self._talker.faces(count, _batch(ctx), ctx.check)
            for number, face in enumerate(faces, 1):
                encoder.add(patchwork.with_face(face))
                ctx.progress(0.05 + 0.94 * number / count, "Animating the face")
        ctx.progress(1.0)
        facts = {"frames": count, "fps": fps, "driver": "audio", "face_size": self._talker.size}
        return Output({"video.mp4": video}, facts)


def _no_checkout(checkout: Checkout | None) -> Probe:
    remedy = "git clone https://github.com/OpenTalker/SadTalker, and set SADTALKER_HOME to it"
    if checkout is None:
        return Probe(False, "SADTALKER_HOME is not set", remedy)
    missing = checkout.modules_missing[0]
    return Probe(
        False, f"{checkout.home} is not a checkout of SadTalker: {missing} is missing", remedy
    )


def _batch(ctx: Context) -> int:
    """Return the batch size; on a CPU a face takes seconds, and stops are checked per batch."""
    on_gpu = torch_device.name() == "cuda"
    return _BATCHES[len(ctx.memory_fallbacks)] if on_gpu else 1


ENGINE = SadTalker

"""Animate a still on a CPU, faster than real time: the animator of the lite environment.

The face mesh locates lips, jaw, lids and brows; phoneme timings (or the sound, for recorded speech)
drive them; the still is warped accordingly, frame by frame, into the encoder.
"""

from __future__ import annotations

from typing import ClassVar

from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe


class MeshWarp:
    """Warps the enhanced still of a face; deterministic for a seed."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="mesh_warp",
        stage="animate",
        version="10",
        kind="lite",
        environments=("lite",),
        licence="Apache-2.0",
        params=("width", "height", "fps"),
        files=(
            "voice/speech.wav",
            "voice/timings.json",
            "face/face.json",
            "face/mask.png",
            "enhance/still.png",
        ),
        uses_seed=True,
        memory_mb=500,
        seconds=4,
        warps_still=True,
    )

    def probe(self) -> Probe:
        return packages.probe({"cv2": "opencv-python-headless", "numpy": "numpy"}, "lite")

    def load(self) -> None:
        # There are no models; only the imports are kept.
        from gpu_worker.engines.animate import painter, performance
        from gpu_worker.media import encoder

        self._warm = (encoder, painter, performance)

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        from gpu_worker.engines.animate.painter import Painter
        from gpu_worker.engines.animate.performance import perform
        from gpu_worker.engines.animate.speech import read_speech
        from gpu_worker.engines.animate.subject import read_subject
        from gpu_worker.media.encoder import encoding

        fps = int(inputs.params.get("fps", 25))
        speech = read_speech(inputs.files["voice/speech.wav"], inputs.files["voice/timings.json"])
        subject = read_subject(inputs.files, inputs.params)
        ctx.progress(0.01, "Preparing the face")
        painter = Painter(subject)
        play = perform(speech, fps, inputs.seed)
        video = ctx.workdir / "video.mp4"
        with encoding(subject.size, fps, video) as encoder:
            for frame in range(play.frames):
                ctx.check()
                encoder.add(painter.draw(play.at(frame)))
                ctx.progress(0.02 + 0.97 * (frame + 1) / play.frames, "Animating the face")
        ctx.progress(1.0)
        facts = {"frames": play.frames, "fps": fps, "driver": play.driver}
        return Output({"video.mp4": video}, facts)

    def close(self) -> None:
        self.__dict__.pop("_warm", None)


ENGINE = MeshWarp

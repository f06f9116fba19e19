"""Let the person in a picture speak to the camera, by the stages of a talking video.

Voice, face, enhanced still and motion, one after the other in one call; then picture and sound are
joined. The person keeps still, and goes on breathing, until the ordered length is over.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from config.stages import STAGES
from gpu_worker.engine import Inputs, PartSource
from gpu_worker.media import ffmpeg, streams
from gpu_worker.models.registry import Registry
from tasks.domain.errors import InputRefused
from tasks.domain.hosted import ClipOrder, frame_size
from tasks.domain.offers import Offer
from tasks.domain.voices import VOICES, default_voice, primary

NAME: Final = "talking-head"
FPS: Final = 25
_LOCAL_VOICES: Final = ("kokoro", "piper", "espeak")
"""What needs no recording and no service, the best first."""
_SHARES: Final = {"voice": (0.0, 0.2), "face": (0.2, 0.25), "enhance": (0.25, 0.35)}
_REST: Final = (0.35, 0.98)

OnProgress = Callable[[float], None]


@dataclass(slots=True)
class _Run:
    """The context of one stage's engine; its progress is a part of that of the clip."""

    workdir: Path
    on_progress: OnProgress
    share: tuple[float, float]
    memory_fallbacks: tuple[str, ...] = ()
    at: float = 0.0

    def cached_part(
        self,
        part: str,
        sources: str | Sequence[PartSource],  # noqa: ARG002
        make: Callable[[Path], None],
        params: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Path:
        target = self.workdir / part
        make(target)
        return target

    def progress(self, fraction: float, message: str = "") -> None:  # noqa: ARG002
        begin, end = self.share
        self.at = begin + (end - begin) * min(max(fraction, 0.0), 1.0)
        self.on_progress(self.at)

    def check(self) -> None:
        self.on_progress(self.at)


@dataclass(slots=True)
class Take:
    """A clip that is being made: the files of its stages so far."""

    registry: Registry
    order: ClipOrder
    seed: int
    folder: Path
    on_progress: OnProgress
    files: dict[str, Path] = field(default_factory=dict)
    engines: list[str] = field(default_factory=list)

    def run(self, stage: str, names: tuple[str, ...], params: Mapping[str, Any]) -> None:
        """Run the first engine of a stage that works here; its parts join the files."""
        offer = first_engine(self.registry, stage, names)
        with self.registry.place(stage, offer.name):
            engine = self.registry.ready(stage, offer.name)
            spec = engine.spec
            inputs = Inputs(
                {name: params[name] for name in spec.params if name in params},
                self.seed if spec.uses_seed else 0,
                files={name: path for name, path in self.files.items() if name in spec.files},
            )
            workdir = Path(tempfile.mkdtemp(prefix=f"{stage}-", dir=self.folder))
            share = _SHARES.get(stage, _REST)
            output = engine.run(inputs, _Run(workdir, self.on_progress, share))
        self.files |= {f"{stage}/{name}": path for name, path in output.parts.items()}
        self.engines.append(f"{offer.name} {offer.version}")


def render(
    registry: Registry,
    order: ClipOrder,
    picture: bytes | None,
    *,
    seed: int,
    target: Path,
    on_progress: OnProgress,
) -> dict[str, Any]:
    """Write the clip as MP4 and return facts about it; `on_progress` may raise to stop."""
    if picture is None or not order.speech.strip():
        raise InputRefused("It needs a picture of a person, and what the person says.")
    folder = target.parent
    width, height = frame_size(order.ratio, order.resolution)
    params = {"width": width, "height": height, "fps": FPS, "match": False}
    take = Take(registry, order, seed, folder, on_progress)
    take.files = {
        "upload/face": _written(folder / "face", picture),
        "script/scene.json": _written(folder / "scene.json", _line(order)),
    }
    speaker, voice = voice_of(registry, order)
    take.run("voice", (speaker,), params | {"voice": voice})
    spoken = streams.read_streams(take.files["voice/speech.wav"])[0].seconds
    take.files["voice/speech.wav"] = _lengthened(take, max(order.seconds, spoken))
    take.run("face", STAGES["face"].engines, params)
    take.run("enhance", STAGES["enhance"].engines, params)
    take.run("animate", ("mesh_warp",), params)
    silent = take.files["animate/video.mp4"]
    _join(silent, take.files["voice/speech.wav"], target)
    seconds = streams.video(silent).seconds
    return {
        **{"move": "speaks", "layers": 1, "spoken_seconds": round(spoken, 3)},
        **{"voice": voice or speaker, "engines": take.engines},
        **{"frames": round(seconds * FPS), "fps": FPS, "width": width, "height": height},
    }


def voice_of(registry: Registry, order: ClipOrder) -> tuple[str, str]:
    """Return the engine and the voice that speak; raise `InputRefused` if there is none."""
    language = primary(order.speech_language or "en")
    named = VOICES.get(order.speech_voice)
    names = (named.engine,) if named is not None else _LOCAL_VOICES
    for offer in _working(registry, "voice", names):
        if offer.languages and language not in {primary(one) for one in offer.languages}:
            continue
        if named is not None and named.id in offer.voices:
            return offer.name, named.id
        if named is None:
            wanted = order.speech_language or "en"
            return offer.name, default_voice(offer.name, wanted, offer.voices)
    raise InputRefused("No voice of this worker speaks this language.")


def engines_of(registry: Registry, order: ClipOrder) -> list[str]:
    """Name what makes a clip here: other engines make another one of an equal order."""
    speaker, voice = voice_of(registry, order)
    rest = (("face", STAGES["face"].engines), ("enhance", STAGES["enhance"].engines))
    chosen = [
        first_engine(registry, "voice", (speaker,)),
        *(first_engine(registry, stage, names) for stage, names in rest),
        first_engine(registry, "animate", ("mesh_warp",)),
    ]
    return [voice, *(f"{one.name} {one.version}" for one in chosen)]


def first_engine(registry: Registry, stage: str, names: tuple[str, ...]) -> Offer:
    """Return the first engine of a stage that works here; raise `InputRefused` without one."""
    for offer in _working(registry, stage, names):
        return offer
    raise InputRefused(f"No engine of this worker does the stage {stage}.")


def _working(registry: Registry, stage: str, names: tuple[str, ...]) -> list[Offer]:
    """List the engines that work here, by preference; simulated ones make no clip."""
    found = {offer.name: offer for offer in registry.offers if offer.stage == stage and offer.ok}
    return [found[name] for name in names if name in found and found[name].kind != "simulated"]


def _line(order: ClipOrder) -> bytes:
    spoken = {"text": order.speech, "language": order.speech_language or "en"}
    return json.dumps(spoken, ensure_ascii=False).encode()


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _lengthened(take: Take, seconds: float) -> Path:
    """Let silence follow what is said, until the clip is as long as it was ordered."""
    target = take.folder / "speech.wav"
    source = str(take.files["voice/speech.wav"])
    arguments = ["-i", source, "-af", f"apad=whole_dur={seconds:.3f}", str(target)]
    ffmpeg.run(arguments, check=lambda: take.on_progress(_SHARES["voice"][1]))
    return target


def _join(video: Path, sound: Path, target: Path) -> None:
    arguments = ["-i", str(video), "-i", str(sound), "-map", "0:v:0", "-map", "1:a:0"]
    arguments += ["-c:v", "copy", "-c:a", "aac", "-movflags", "+faststart", str(target)]
    ffmpeg.run(arguments, check=lambda: None)

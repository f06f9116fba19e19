"""Turn the plan of a project's video into the steps of a job (pure).

    voice.i for each scene that speaks -> sound -> edit -> check
    enhance.i for each clip that is smaller than the video, beside the voices

What each stage gets and makes; entries of `Inputs.scenes` are in the order of the timeline:

analyse  reads `upload/sample`; makes `facts.json` (`tasks/domain/sample_facts.py`) and key frames.
voice    as in a talking video; its `script/scene.json` is an upload of the job.
enhance  as in a talking video; its `animate/video.mp4` is the clip of a scene.
sound    reads `voice/speech.wav` of each scene that speaks (the entries of the timeline with a
         `line`), `upload/music` if there is one, and the parameters `timeline`, `music` and `mix`;
         makes `sound.wav`, as long as the video, and `timeline.json`, the scenes in frames,
         whose boundaries it moved to beats where the plan asks for it.
edit     reads `clip/clip.mp4` of every scene, enhanced or not, `voice/timings.json` of those that
         speak, `sound/sound.wav`, `sound/timeline.json`, `upload/reference` (a picture with the
         colours to match) if there is one, and `timeline`, `captions`, `language`, `look`,
         `width`, `height`, `fps`, `label` (whether the picture says that it is AI-generated) and
         `marks` (whether a clip with a foreign mark is refused); makes `final.mp4`, `poster.jpg`,
         `captions.srt`, `captions.vtt`, `drawn.json` (where it has drawn letters) and the pieces
         `scene-000.mp4`, `scene-001.mp4` ... that it has joined.
check    reads `edit/*`, the clips, `sound/sound.wav`, `sound/timeline.json` and `timeline`,
         `look`, `engines`, `label`, `width` and `height`; makes the delivered `final.mp4`, which
         is signed, `poster.jpg`, `fingerprint.json` and `check.json`; raises `InputRefused` if
         it must not be delivered.

The clips are jobs of their own: what they made is an upload `clip-000`, `clip-001` ... here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from config.stages import PROJECT_STAGES
from tasks.domain.artifact import Blob
from tasks.domain.hosted import LOCAL
from tasks.domain.plan import EngineChoice, Plan, Source, Step, step_name
from tasks.domain.planner import FRAMES_PER_SECOND, History
from tasks.domain.typed_document import plain
from tasks.domain.video_plan import VideoPlan, VideoScene

ANALYSE: Final = "analyse"
ENHANCE: Final = "enhance"
LAST: Final = "check"
SAMPLE: Final = "sample"
MUSIC: Final = "music"
REFERENCE: Final = "reference"
MOVED: Final = Source("sound", "timeline.json", "sound/timeline.json", optional=True)
"""The scenes in frames, where the sound moved their boundaries to beats."""
_QUALITY: Final = "balanced"
"""Of enhancement, as of a talking video whose request names none."""
_EDITED: Final = ("final.mp4", "poster.jpg", "captions.srt", "captions.vtt", "drawn.json")


@dataclass(frozen=True, slots=True)
class ProjectRequest:
    """What a job of a project is about; without a plan it analyses the sample."""

    job_id: str
    session_id: str
    uploads: dict[str, Blob]
    plan: VideoPlan | None = None
    size: tuple[int, int] = (720, 1280)
    consent: dict[str, dict[str, str]] | None = None
    salt: str = ""
    mode: str = "auto"
    label: bool = False
    """Whether the picture says that it is AI-generated."""
    enhanced: tuple[int, ...] = ()
    """The scenes whose clips are enhanced: their models draw frames smaller than the video's."""

    @property
    def frame(self) -> tuple[int, int]:
        """Return the size of the video: exactly 9:16 with even sides, near the size asked for."""
        parts = max(1, round(self.size[0] / 18))
        return 18 * parts, 32 * parts

    @property
    def stages(self) -> tuple[str, ...]:
        """Return the stages that need an engine."""
        if self.plan is None:
            return (ANALYSE,)
        spoken = any(scene.voice_line for scene in self.plan.scenes)
        first = ("voice",) * spoken + ("enhance",) * bool(self.enhanced)
        return (*first, *(stage for stage in PROJECT_STAGES if stage != ANALYSE))


def clip_name(scene: int) -> str:
    """Name the upload of a job that is the clip of a scene."""
    return f"clip-{scene:03d}"


def piece_names(scenes: int) -> list[str]:
    """Name the parts of the edit that are its pieces: each scene, and each overlap of two."""
    return [f"scene-{number:03}.mp4" for number in range(2 * scenes - 1)]


def line_name(scene: int) -> str:
    """Name the upload of a job that says what a scene speaks (`script/scene.json`)."""
    return f"line-{scene:03d}"


def make_project_plan(
    request: ProjectRequest,
    engines: Mapping[str, EngineChoice],
    history: History,
    revision: int = 1,
) -> Plan:
    """Plan the steps of a project's job on the given engines."""
    steps = _Draft(request, engines, history).steps()
    total = sum(step.seconds for step in steps)
    return Plan(
        job_id=request.job_id,
        session_id=request.session_id,
        revision=revision,
        mode=request.mode,
        scenes=len(request.plan.scenes) if request.plan else 0,
        seed=None,
        steps=tuple(replace(s, weight=round(100 * s.seconds / total, 6)) for s in steps),
        uploads=request.uploads,
        consent=request.consent or {},
        salt=request.salt,
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """Makes the steps of a job."""

    request: ProjectRequest
    engines: Mapping[str, EngineChoice]
    history: History

    def steps(self) -> list[Step]:
        plan = self.request.plan
        if plan is None:
            return [self._step(ANALYSE, None, {}, (_upload(SAMPLE),), 1.0)]
        spoken = [i for i, scene in enumerate(plan.scenes) if scene.voice_line]
        return [
            *(self._voice(plan, i) for i in spoken),
            *(self._enhance(plan, i) for i in self.request.enhanced),
            self._sound(plan, spoken),
            self._edit(plan, spoken),
            self._check(plan),
        ]

    def _voice(self, plan: VideoPlan, index: int) -> Step:
        scene = plan.scenes[index]
        engine = self.engines["voice"]
        sources = [Source(f"upload.{line_name(index)}", "", "script/scene.json")]
        if "voice" in self.request.uploads and engine.voice_match in ("cloned", "recorded"):
            sources.append(_upload("voice"))
        params: dict[str, Any] = {"language": plan.language, "match": False}
        voice = scene.voice if scene.voice not in ("", "upload") else engine.voice
        if voice:
            params["voice"] = voice
        return self._step("voice", index, params, tuple(sources), scene.seconds)

    def _enhance(self, plan: VideoPlan, index: int) -> Step:
        width, height = self.request.frame
        params = {"width": width, "height": height, "quality": _QUALITY, "blend": 1.0}
        source = Source(f"upload.{clip_name(index)}", "", "animate/video.mp4")
        size = plan.scenes[index].seconds * width * height / 1e6
        return self._step(ENHANCE, index, params, (source,), size)

    def _sound(self, plan: VideoPlan, spoken: list[int]) -> Step:
        sources = [
            Source(step_name("voice", i), "speech.wav", "voice/speech.wav", i) for i in spoken
        ]
        if MUSIC in self.request.uploads and plan.music.source == "upload":
            sources.append(_upload(MUSIC))
        whole = plan.to_dict()
        params = {
            "timeline": timeline(plan, ("sounds", "transition")),
            "music": whole["music"],
            "mix": whole["mix"],
        }
        return self._step("sound", None, params, tuple(sources), plan.seconds)

    def _edit(self, plan: VideoPlan, spoken: list[int]) -> Step:
        sources = _clips(plan, self.request.enhanced)
        sources += [
            Source(step_name("voice", i), "timings.json", "voice/timings.json", i) for i in spoken
        ]
        sources.append(Source("sound", "sound.wav", "sound/sound.wav"))
        sources.append(MOVED)
        if REFERENCE in self.request.uploads and plan.look.colour_match:
            sources.append(_upload(REFERENCE))
        width, height = self.request.frame
        params = {
            "timeline": timeline(plan, ("transition", "speed", "text", "effects", "material")),
            "label": self.request.label,
            "marks": not plan.model.id.startswith(LOCAL),
            "captions": plan.captions,
            "language": plan.language,
            "look": plan.to_dict()["look"],
            "width": width,
            "height": height,
            "fps": FRAMES_PER_SECOND,
        }
        return self._step("edit", None, params, tuple(sources), self._pixels(plan))

    def _check(self, plan: VideoPlan) -> Step:
        sources = [
            Source("edit", part, f"edit/{part}", optional=part != "final.mp4") for part in _EDITED
        ]
        sources += [
            Source("edit", part, f"edit/{part}", optional=True)
            for part in piece_names(len(plan.scenes))
        ]
        sources += [MOVED, Source("sound", "sound.wav", "sound/sound.wav"), *_clips(plan)]
        width, height = self.request.frame
        engines = [
            {"stage": stage, "name": engine.name, "version": engine.version, "kind": engine.kind}
            for stage, engine in self.engines.items()
        ]
        params = {
            "timeline": timeline(plan, ("transition", "speed", "material", "character")),
            "look": plan.to_dict()["look"],
            "engines": engines,
            "label": self.request.label,
            "seconds": plan.seconds,
            "width": width,
            "height": height,
        }
        return self._step(LAST, None, params, tuple(sources), self._pixels(plan))

    def _pixels(self, plan: VideoPlan) -> float:
        """Return the size of work on the picture: seconds times millions of pixels."""
        width, height = self.request.frame
        return plan.seconds * width * height / 1e6

    def _step(
        self,
        stage: str,
        scene: int | None,
        params: dict[str, Any],
        sources: tuple[Source, ...],
        size: float,
    ) -> Step:
        engine = self.engines[stage]
        size = self.history.size(stage, engine, size)
        expected = self.history.estimate(stage, engine, size)
        return Step(
            stage=stage,
            scene=scene,
            engine=engine,
            params=engine.params_read(params),
            seed=None,
            seconds=expected.likely,
            weight=0.0,
            sources=engine.files_read(sources),
            size=size,
            within=expected.high,
        )


def _upload(name: str) -> Source:
    return Source(f"upload.{name}", "", f"upload/{name}")


def _clips(plan: VideoPlan, enhanced: Collection[int] = ()) -> list[Source]:
    """Return where the clip of each scene comes from."""
    return [
        Source(step_name(ENHANCE, i), "video.mp4", "clip/clip.mp4", i)
        if i in enhanced
        else Source(f"upload.{clip_name(i)}", "", "clip/clip.mp4", i)
        for i in range(len(plan.scenes))
    ]


def timeline(plan: VideoPlan, fields: tuple[str, ...]) -> list[dict[str, Any]]:
    """Describe the scenes in time, each with the fields that a stage needs."""
    return [
        _entry(scene, start, fields) for scene, start in zip(plan.scenes, plan.starts, strict=True)
    ]


def _entry(scene: VideoScene, start: float, fields: tuple[str, ...]) -> dict[str, Any]:
    whole = plain(scene)
    return {
        "id": scene.id,
        "start": start,
        "seconds": scene.seconds,
        "line": scene.voice_line,
        **{name: whole[name] for name in fields},
        **({"clip_start": _clip_start(scene)} if "material" in fields else {}),
    }


def _clip_start(scene: VideoScene) -> float:
    """Return the second of its clip at which a scene begins: of an own one, where its plan says."""
    material = scene.material
    return material.start if material is not None and material.kind == "clip" else 0.0

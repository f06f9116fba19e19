"""Turn a request into a plan (pure functions: all they know are their arguments)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from config.stages import ALL_STAGES
from tasks.domain.artifact import Blob
from tasks.domain.estimate import SHORTEST_SECONDS, Estimate, Pace, Run, corrected, prior
from tasks.domain.job import JobOptions
from tasks.domain.plan import EngineChoice, Plan, Source, Step, step_name
from tasks.domain.splitter import clean_paragraphs, part_sizes, split

FRAMES_PER_SECOND = 25
TYPICAL_SCENE_SECONDS = 8.0
"""Expected length of a scene that is not written yet."""
_TYPICAL_PIXELS = 0.9
"""Millions of pixels, as of 720p."""
TYPICAL_SIZES = {
    "script": 3.0,
    "face": _TYPICAL_PIXELS,
    "voice": TYPICAL_SCENE_SECONDS,
    "animate": TYPICAL_SCENE_SECONDS * _TYPICAL_PIXELS,
    "enhance": TYPICAL_SCENE_SECONDS * _TYPICAL_PIXELS,
    "assemble": 3 * TYPICAL_SCENE_SECONDS * _TYPICAL_PIXELS,
    "analyse": 1.0,
    "sound": 3 * TYPICAL_SCENE_SECONDS,
    "edit": 3 * TYPICAL_SCENE_SECONDS * _TYPICAL_PIXELS,
    "check": 3 * TYPICAL_SCENE_SECONDS * _TYPICAL_PIXELS,
}
"""The sizes of the steps whose duration engines declare (`_Draft._work`)."""
_TYPICAL_STILL = _TYPICAL_PIXELS / FRAMES_PER_SECOND
RECORDED_BYTES_PER_SECOND = 96_000
"""Size of a stored recording: mono, 16 bit, at most 48 kHz."""


@dataclass(frozen=True)
class Request:
    """The options and uploads of a job."""

    job_id: str
    session_id: str
    options: JobOptions
    uploads: dict[str, Blob]
    """References to `face` and, if there is one, `voice` in the artifact store."""
    consent: dict[str, dict[str, str]] = field(default_factory=dict)
    salt: str = ""
    """The owner's salt, which is part of every content key of the plan."""

    @cached_property
    def spoken(self) -> tuple[float, ...]:
        """Return the expected length of each scene in seconds.

        The chord has one scene for each entry, so the text is split only once.
        """
        options = self.options
        if options.use_audio_as_is:
            return (self._recorded_seconds,)
        if options.script is not None:
            return tuple(scene.estimated_seconds for scene in split(options.script))
        return (TYPICAL_SCENE_SECONDS,) * options.scenes

    @cached_property
    def scene_voices(self) -> tuple[str, ...]:
        """Return the voice that the request names for each scene; empty: that of the job.

        A request names one for each part between two marks, which may be too long for one scene.
        """
        named = self.options.scene_voices
        if not named or self.options.script is None:
            return tuple(named)
        parts = part_sizes(self.options.script)
        voices = [*named, *[""] * len(parts)]
        return tuple(
            voice for voice, scenes in zip(voices, parts, strict=False) for _ in range(scenes)
        )

    @property
    def _recorded_seconds(self) -> float:
        if "voice" not in self.uploads:
            return TYPICAL_SCENE_SECONDS
        return self.uploads["voice"].bytes / RECORDED_BYTES_PER_SECOND


@dataclass(frozen=True, slots=True)
class History:
    """Recent durations of steps, by stage, engine and device."""

    paces: Mapping[tuple[str, str, str], Pace] = field(default_factory=dict)
    """The device "" stands for the runs on all devices."""
    few: Mapping[tuple[str, str, str], Sequence[Run]] = field(default_factory=dict)
    """Runs that are too few for a pace; they correct what the engine declares."""
    simulation_speed: float = 1.0

    def size(self, stage: str, engine: EngineChoice, size: float) -> float:
        """Return what the duration of a step grows with: the duration itself, if it is fixed."""
        if engine.kind == "simulated":
            return max(ALL_STAGES[stage].seconds * self.simulation_speed, SHORTEST_SECONDS)
        return size

    def estimate(self, stage: str, engine: EngineChoice, size: float) -> Estimate:
        return self.pace(stage, engine, size).estimate(size)

    def pace(self, stage: str, engine: EngineChoice, size: float) -> Pace:
        """Return how long an engine takes: as measured, or as it declares."""
        measured = self._measured(stage, engine)
        if measured is None and engine.kind == "simulated":
            return Pace(0.0, 1.0, (1.0,))
        return measured or self._corrected(stage, engine, size)

    def has_run(self, stage: str, engine: str) -> bool:
        """Return whether an engine has finished a step before."""
        return any((stage, engine) == key[:2] for key in (*self.paces, *self.few))

    def _measured(self, stage: str, engine: EngineChoice) -> Pace | None:
        here = self.paces.get((stage, engine.name, engine.device))
        return here or self.paces.get((stage, engine.name, ""))

    def _corrected(self, stage: str, engine: EngineChoice, size: float) -> Pace:
        declared = engine.seconds or ALL_STAGES[stage].seconds
        typical = TYPICAL_SIZES[stage]
        if stage == "enhance" and size < 1:
            typical = _TYPICAL_STILL
        runs = self.few.get((stage, engine.name, engine.device))
        runs = runs or self.few.get((stage, engine.name, ""), ())
        return corrected(prior(declared, typical), runs)


def make_plan(
    request: Request,
    engines: Mapping[str, EngineChoice],
    history: History,
    revision: int = 1,
) -> Plan:
    """Plan the steps of a request on the given engines, each with what its engine reads."""
    draft = _Draft(request, engines, history)
    return Plan(
        job_id=request.job_id,
        session_id=request.session_id,
        revision=revision,
        mode=request.options.mode,
        scenes=draft.scenes,
        seed=request.options.seed,
        steps=draft.steps(),
        uploads=request.uploads,
        consent=request.consent,
        salt=request.salt,
    )


def make_speech_plan(
    request: Request, engines: Mapping[str, EngineChoice], history: History
) -> Plan:
    """Plan what makes the first scene of a request heard: its script and its voice."""
    draft = _Draft(request, engines, history)
    steps = tuple(replace(step, weight=50.0) for step in (draft.script(), draft.voice(0)))
    return Plan(
        job_id=request.job_id,
        session_id=request.session_id,
        revision=1,
        mode=request.options.mode,
        scenes=1,
        seed=request.options.seed,
        steps=steps,
        uploads=request.uploads,
        salt=request.salt,
    )


class _Draft:
    """Builds a plan; each method makes the step of one stage."""

    def __init__(
        self, request: Request, engines: Mapping[str, EngineChoice], history: History
    ) -> None:
        self.request = request
        self.options = request.options
        self.engines = engines
        self.history = history
        self.scenes = len(request.spoken)
        self.still = "animate" in engines and engines["animate"].warps_still
        self.width, self.height = request.options.size
        self.spoken = request.spoken

    def steps(self) -> tuple[Step, ...]:
        drafts = [self.script(), self.face()]
        if self.still:
            drafts.append(self.enhance_still())
        for scene in range(self.scenes):
            drafts += [self.voice(scene), self.animate(scene)]
            if not self.still:
                drafts.append(self.enhance_scene(scene))
        drafts.append(self.assemble())
        total = sum(step.seconds for step in drafts)
        return tuple(replace(s, weight=round(100 * s.seconds / total, 6)) for s in drafts)

    def script(self) -> Step:
        text = None if self.options.script is None else clean_paragraphs(self.options.script)
        params: dict[str, Any] = {
            "text": text,
            "topic": self.options.topic,
            "language": self.options.language,
        }
        if self.options.topic and self.options.tone:  # a given script has its own tone
            params["tone"] = self.options.tone
        if self.options.use_audio_as_is:
            params["recorded"] = True  # the words come from the recording
        return self._step("script", None, params | {"scenes": self.scenes}, ())

    def face(self) -> Step:
        # If the request gives an index, "pick" has no effect and must not change the content key.
        index = self.options.face_index
        params = self._size | {"face_index": index, "pick": "only"}
        return self._step("face", None, params, (Source("upload.face", "", "upload/face"),))

    def voice(self, scene: int) -> Step:
        sources = [Source("script", f"scene-{scene:03d}.json", "script/scene.json")]
        if self.options.match_voice or self._reads_reference:
            sources.append(Source("upload.voice", "", "upload/voice"))
        params = {"language": self.options.language, "match": self.options.match_voice}
        voice = self._scene_voice(scene) or self.engines["voice"].voice
        if voice and self.engines["voice"].voice:
            params["voice"] = voice
        return self._step("voice", scene, params, tuple(sources))

    def animate(self, scene: int) -> Step:
        sources = [*self._speech(scene), *self._portrait()]
        sources.append(Source("face", "mask.png", "face/mask.png", optional=True))
        if self.still:
            sources.append(Source("enhance", "still.png", "enhance/still.png"))
        params = self._size | {"fps": FRAMES_PER_SECOND}
        return self._step("animate", scene, params, tuple(sources))

    def enhance_still(self) -> Step:
        return self._step("enhance", None, self._enhancement, self._portrait())

    def enhance_scene(self, scene: int) -> Step:
        source = Source(step_name("animate", scene), "video.mp4", "animate/video.mp4")
        return self._step("enhance", scene, self._enhancement, (source,))

    def assemble(self) -> Step:
        sources = [Source("script", "screenplay.json", "script/screenplay.json")]
        for scene in range(self.scenes):
            moving = step_name("animate" if self.still else "enhance", scene)
            sources += self._speech(scene, scene)
            sources.append(Source(moving, "video.mp4", "video/video.mp4", scene))
        engines = [
            {"stage": stage, "name": engine.name, "version": engine.version, "kind": engine.kind}
            for stage, engine in self.engines.items()
        ]
        params: dict[str, Any] = self._size | {
            "captions": "burned" if self.options.captions else "off",
            "transition": self.options.transition,
            "label": self.options.label,
            "engines": engines,
        }
        if self.options.captions:
            # Without captions, their look must not change the content key.
            params |= {
                "caption_style": self.options.caption_style,
                "caption_size": self.options.caption_size,
                "caption_position": self.options.caption_position,
            }
            sources.append(Source("face", "face.json", "face/face.json"))
        return self._step("assemble", None, params, tuple(sources))

    def _scene_voice(self, scene: int) -> str:
        """Return the voice that the request names for a scene; empty: that of the job."""
        named = self.request.scene_voices
        return named[scene] if scene < len(named) else ""

    @property
    def _size(self) -> dict[str, Any]:
        return {"width": self.width, "height": self.height}

    @property
    def _enhancement(self) -> dict[str, Any]:
        return self._size | {"quality": self.options.quality, "blend": 1.0}

    @property
    def _reads_reference(self) -> bool:
        cloning = self.engines["voice"].voice_match in ("cloned", "recorded")
        return cloning and "voice" in self.request.uploads

    def _speech(self, scene: int, tag: int | None = None) -> tuple[Source, ...]:
        step = step_name("voice", scene)
        parts = ("speech.wav", "timings.json")
        return tuple(Source(step, part, f"voice/{part}", tag) for part in parts)

    def _portrait(self) -> tuple[Source, ...]:
        return tuple(Source("face", part, f"face/{part}") for part in ("crop.png", "face.json"))

    def _step(
        self, stage: str, scene: int | None, params: dict[str, Any], sources: tuple[Source, ...]
    ) -> Step:
        engine = self.engines[stage]
        size = self.history.size(stage, engine, self._work(stage, scene))
        expected = self.history.estimate(stage, engine, size)
        seed = self.options.seed if self._uses_seed(stage) else None
        return Step(
            stage=stage,
            scene=scene,
            engine=engine,
            params=engine.params_read(params),
            seed=seed,
            seconds=expected.likely,
            weight=0.0,
            sources=engine.files_read(sources),
            size=size,
            within=expected.high,
        )

    def _uses_seed(self, stage: str) -> bool:
        """Return whether chance has a part in a stage: none in a script that was given."""
        written = stage != "script" or bool(self.options.topic)
        return written and self.engines[stage].uses_seed

    def _work(self, stage: str, scene: int | None) -> float:
        """Return the size of a step: seconds of speech, millions of pixels, or their product."""
        pixels = self.width * self.height / 1e6
        seconds = sum(self.spoken) if scene is None else self.spoken[scene]
        if stage == "enhance" and scene is None:
            seconds = 1 / FRAMES_PER_SECOND
        return {"script": float(self.scenes), "face": pixels, "voice": seconds}.get(
            stage, seconds * pixels
        )

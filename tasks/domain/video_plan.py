"""The plan of a project's video: typed scenes, sound and look (pure).

A plan knows no revision, project or provider's address. It is read from untrusted JSON (a person,
a language model, a stored row) by `VideoPlan.from_json`, which accepts a whole valid plan or
raises `InvalidDocument` with every problem.

Scenes follow each other in time. A transition that overlaps (`OVERLAPPING`) takes its seconds from
the end of the scene before and the start of its own, so `VideoPlan.starts` and
`VideoPlan.seconds` are what the edit must keep.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from tasks.domain import strict_json, typed_document
from tasks.domain.job import CAPTION_STYLES
from tasks.domain.typed_document import (
    InvalidDocument,
    Length,
    OneOf,
    Pattern,
    Problem,
    Range,
)

SHORTEST_SCENE: Final = 2.0
LONGEST_SCENE: Final = 10.0
MOST_SCENES: Final = 12
LONGEST_VIDEO: Final = 60.0
"""Seconds; a video must be shorter."""
LONGEST_PROMPT: Final = 1_000
LONGEST_LINE: Final = 400
"""Characters of a voice line; what can be said in the longest scene is less."""

ASPECT_RATIO: Final = "9:16"
CAMERA_MOVES: Final = (
    "static",
    "push_in",
    "pull_out",
    "pan_left",
    "pan_right",
    "tilt_up",
    "tilt_down",
    "orbit",
    "handheld",
)
TRANSITIONS: Final = ("cut", "crossfade", "dip", "wipe", "slide")
OVERLAPPING: Final = frozenset({"crossfade", "wipe", "slide"})
"""Transitions that show two scenes at once; a dip goes through black between them."""
EFFECTS: Final = (
    "grain",
    "vignette",
    "warm",
    "cool",
    "black_and_white",
    "flash",
    "shake",
    "glow",
)
SOUNDS: Final = (
    "whoosh",
    "impact",
    "riser",
    "click",
    "chime",
    "rain",
    "wind",
    "waves",
    "forest",
    "city",
    "room",
    "crowd",
)
"""The library of sound effects and ambiences."""
MUSIC_SOURCES: Final = ("none", "generated", "upload")
MATERIALS: Final = ("picture", "clip", "sample")
FITS: Final = ("crop", "blur")
CAPTIONS: Final = ("off", *CAPTION_STYLES)
PARTS: Final = (
    "analysis",
    "plan",
    "storyboard",
    "clip",
    "voice",
    "sound",
    "music",
    "edit",
    "check",
)
"""What can be `degraded`."""

Identifier = Annotated[str, Pattern(r"[a-z0-9][a-z0-9_-]*"), Length(32, 1)]
Reference = Annotated[str, Pattern(r"[\w.:/-]*"), Length(200)]
"""The id of an upload, a voice or a model; empty: none."""
Share = Annotated[float, Range(0, 1)]


@dataclass(frozen=True, slots=True)
class Degraded:
    """A part that was made by a simpler way than it could be, and why.

    `code` is stable for programs (`no_language_model`, `invalid_answer`, `lite_clips`).
    """

    part: Annotated[str, OneOf(PARTS)]
    code: Identifier
    reason: Annotated[str, Length(300)]


@dataclass(frozen=True, slots=True)
class Camera:
    """How the camera moves; `strength` 0 is no movement, 1 the most that is useful."""

    move: Annotated[str, OneOf(CAMERA_MOVES)] = "static"
    strength: Share = 0.5


@dataclass(frozen=True, slots=True)
class Transition:
    """How a scene follows the one before; the first scene has a cut."""

    kind: Annotated[str, OneOf(TRANSITIONS)] = "cut"
    seconds: Annotated[float, Range(0, 1)] = 0.0


@dataclass(frozen=True, slots=True)
class SoundEffect:
    """A sound of the library, `at` seconds after its scene begins; an ambience fills the scene."""

    name: Annotated[str, OneOf(SOUNDS)]
    at: Annotated[float, Range(0, LONGEST_SCENE)] = 0.0
    volume: Share = 0.5


@dataclass(frozen=True, slots=True)
class Material:
    """What a scene is made from, or shows itself.

    A `picture` is the first frame of a generated clip; a `clip` is shown from `start` instead of
    a generated one; `sample` is the picture of the sample at `start` seconds.
    """

    kind: Annotated[str, OneOf(MATERIALS)]
    upload: Reference = ""
    """The digest of the upload; empty for the sample."""
    start: Annotated[float, Range(0, 600)] = 0.0


@dataclass(frozen=True, slots=True)
class VideoScene:
    """One scene: what is seen, said and heard in it."""

    id: Identifier
    """Stays with the scene when scenes are moved, so that unchanged clips are reused."""
    seconds: Annotated[float, Range(SHORTEST_SCENE, LONGEST_SCENE)]
    prompt: Annotated[str, Length(LONGEST_PROMPT, 1)]
    camera: Camera = Camera()
    character: Annotated[str, Length(80)] = ""
    """The label of an uploaded character; empty: none."""
    voice_line: Annotated[str, Length(LONGEST_LINE)] = ""
    voice: Reference = ""
    """A voice's id, or `upload` for the uploaded voice; empty: the language's default."""
    to_camera: bool = False
    """Whether the person in the picture of the scene says the voice line to the camera."""
    text: Annotated[str, Length(120)] = ""
    """Text on the screen."""
    effects: Annotated[tuple[Annotated[str, OneOf(EFFECTS)], ...], Length(4)] = ()
    sounds: Annotated[tuple[SoundEffect, ...], Length(6)] = ()
    speed: Annotated[float, Range(0.25, 4)] = 1.0
    transition: Transition = Transition()
    material: Material | None = None
    seed: Annotated[int, Range(0, 2**31 - 1)] | None = None


@dataclass(frozen=True, slots=True)
class Music:
    """The bed under the video; an uploaded track leads, and cuts fall on its beats if wanted."""

    source: Annotated[str, OneOf(MUSIC_SOURCES)] = "generated"
    prompt: Annotated[str, Length(300)] = ""
    """The mood, for a bed that is generated."""
    tempo: Annotated[float, Range(40, 220)] | None = None
    """Beats a minute; None: as the mood asks."""
    cut_on_beats: bool = False


@dataclass(frozen=True, slots=True)
class Mix:
    """The volumes of the parts of the sound; `ducking` lowers music under a voice."""

    voice: Share = 1.0
    music: Share = 0.35
    effects: Share = 0.6
    ducking: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    """How strongly the colours follow the sample, and how other shapes fill the frame."""

    colour_match: Share = 0.5
    fit: Annotated[str, OneOf(FITS)] = "crop"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model that makes the clips, and why; `local` is the lite one."""

    id: Annotated[str, Pattern(r"[\w.:/-]+"), Length(100, 1)] = "local"
    reason: Annotated[str, Length(300)] = ""


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """A whole video; valid by construction when it comes from `from_json`."""

    scenes: Annotated[tuple[VideoScene, ...], Length(MOST_SCENES, 1)]
    title: Annotated[str, Length(120)] = ""
    language: Annotated[str, Pattern(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")] = "en"
    aspect_ratio: Annotated[str, OneOf((ASPECT_RATIO,))] = ASPECT_RATIO
    model: ModelChoice = ModelChoice()
    music: Music = Music()
    mix: Mix = Mix()
    look: Look = Look()
    captions: Annotated[str, OneOf(CAPTIONS)] = "plain"
    degraded: Annotated[tuple[Degraded, ...], Length(20)] = field(default=())

    @property
    def starts(self) -> tuple[float, ...]:
        """Return the second at which each scene begins."""
        found: list[float] = []
        end = 0.0
        for scene in self.scenes:
            found.append(round(end - _overlap(scene), 3))
            end = found[-1] + scene.seconds
        return tuple(found)

    @property
    def seconds(self) -> float:
        """Return the length of the video."""
        return round(self.starts[-1] + self.scenes[-1].seconds, 3)

    def scene(self, scene_id: str) -> VideoScene:
        """Return the scene with this id."""
        return next(scene for scene in self.scenes if scene.id == scene_id)

    def to_dict(self) -> dict[str, Any]:
        return typed_document.plain(self)  # type: ignore[no-any-return]

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_dict(cls, raw: Any) -> VideoPlan:
        """Return the plan of parsed JSON; raise `InvalidDocument`."""
        plan = typed_document.read(cls, raw)
        problems = tuple(_problems(plan))
        if problems:
            raise InvalidDocument(problems)
        return plan

    @classmethod
    def from_json(cls, text: str | bytes) -> VideoPlan:
        """Return the plan of a JSON text; raise `InvalidDocument` or `InvalidJson`."""
        return cls.from_dict(strict_json.loads(text))


def _overlap(scene: VideoScene) -> float:
    return scene.transition.seconds if scene.transition.kind in OVERLAPPING else 0.0


def _problems(plan: VideoPlan) -> list[Problem]:
    """Check what concerns several fields or scenes."""
    found: list[Problem] = []
    seen: set[str] = set()
    for index, scene in enumerate(plan.scenes):
        path = f"scenes[{index}]"
        if scene.id in seen:
            found.append(Problem(f"{path}.id", "is the id of another scene"))
        seen.add(scene.id)
        found += _scene_problems(plan, index, path)
    if not found and plan.seconds >= LONGEST_VIDEO:
        found.append(Problem("scenes", f"must last less than {LONGEST_VIDEO:g} seconds together"))
    return found


def _scene_problems(plan: VideoPlan, index: int, path: str) -> list[Problem]:
    scene = plan.scenes[index]
    found = []
    if index == 0 and scene.transition.kind != "cut":
        found.append(Problem(f"{path}.transition.kind", "must be a cut for the first scene"))
    if index and _overlap(scene) > min(scene.seconds, plan.scenes[index - 1].seconds) / 2:
        found.append(Problem(f"{path}.transition.seconds", "is more than half of a scene"))
    if scene.material is not None and (scene.material.kind == "sample") == bool(
        scene.material.upload
    ):
        found.append(
            Problem(f"{path}.material.upload", "names the file of a picture or clip, and only that")
        )
    found += [
        Problem(f"{path}.sounds[{i}].at", "is after the end of the scene")
        for i, sound in enumerate(scene.sounds)
        if sound.at >= scene.seconds
    ]
    return found

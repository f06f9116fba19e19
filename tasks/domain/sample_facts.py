"""What the analysis measured in a sample video: pictures, shots and sound (pure).

The engine of the stage `analyse` writes them as `facts.json`, and key frames as parts beside
(`shot-000.jpg`, ...). The planner and the chat read them. All times are seconds from the start;
all shares and strengths are from 0 to 1; all boxes are shares of the picture.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Final

from tasks.domain import typed_document, wire
from tasks.domain.typed_document import (
    InvalidDocument,
    Length,
    OneOf,
    Pattern,
    Problem,
    Range,
)
from tasks.domain.video_plan import CAMERA_MOVES, Degraded, Share

FACTS_PART: Final = "facts.json"
SHOT_TRANSITIONS: Final = ("start", "cut", "dissolve", "fade", "wipe")
"""How a shot begins; the first one has `start`."""
LIGHT_KEYS: Final = ("low", "middle", "high")
SOUND_KINDS: Final = ("none", "silence", "speech", "music", "speech_and_music", "other")

Seconds = Annotated[float, Range(0, 3_600)]
Colour = Annotated[str, Pattern("#[0-9a-f]{6}")]
Short = Annotated[str, Length(60)]


@dataclass(frozen=True, slots=True)
class Technical:
    """The file as it was uploaded. Width and height are as it is shown, after rotation."""

    width: Annotated[int, Range(1, 16_384)]
    height: Annotated[int, Range(1, 16_384)]
    seconds: Seconds
    frame_rate: Annotated[float, Range(0, 1_000)]
    frames: Annotated[int, Range(0, 10_000_000)] = 0
    variable_rate: bool = False
    rotation: Annotated[int, Range(-360, 360)] = 0
    hdr: bool = False
    container: Short = ""
    codec: Short = ""
    pixel_format: Short = ""
    bytes: Annotated[int, Range(0, 1e12)] = 0
    has_sound: bool = False
    sound_codec: Short = ""
    sample_rate: Annotated[int, Range(0, 1_000_000)] = 0
    channels: Annotated[int, Range(0, 64)] = 0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; the point (0, 0) is the upper left corner."""

    left: Share
    top: Share
    width: Share
    height: Share


@dataclass(frozen=True, slots=True)
class PaletteColour:
    """A colour of a shot, and the share of the picture that it fills."""

    colour: Colour
    share: Share


@dataclass(frozen=True, slots=True)
class Light:
    """Brightness, contrast and saturation; warmth is -1 (blue) to 1 (orange)."""

    brightness: Share
    contrast: Share
    saturation: Share = 0.0
    warmth: Annotated[float, Range(-1, 1)] = 0.0
    key: Annotated[str, OneOf(LIGHT_KEYS)] = "middle"


@dataclass(frozen=True, slots=True)
class CameraMove:
    """How the camera moved in a shot, and how certain that is."""

    move: Annotated[str, OneOf(CAMERA_MOVES)] = "static"
    strength: Share = 0.0
    confidence: Share = 0.0


@dataclass(frozen=True, slots=True)
class Face:
    """A face in the key frame; the box is of the whole face."""

    box: Box
    confidence: Share = 0.0


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot. A transition with a length (`transition_seconds`) is centred on `start`."""

    start: Seconds
    end: Seconds
    transition: Annotated[str, OneOf(SHOT_TRANSITIONS)] = "cut"
    transition_seconds: Annotated[float, Range(0, 10)] = 0.0
    key_frame: Annotated[str, Pattern(r"(shot-\d{3,4}\.(jpg|png))?")] = ""
    """The part of the artifact that holds it; empty: there is none."""
    key_frame_at: Seconds = 0.0
    palette: Annotated[tuple[PaletteColour, ...], Length(8)] = ()
    light: Light | None = None
    motion: Share = 0.0
    """How much changes between two frames beside the movement of the camera."""
    camera: CameraMove = CameraMove()
    faces: Annotated[tuple[Face, ...], Length(20)] = ()
    subject: Box | None = None
    """What a crop to 9:16 must keep."""
    subjects: Annotated[tuple[Short, ...], Length(10)] = ()
    """Words for what is seen, where a model says them."""

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the time."""

    start: Seconds
    end: Seconds


@dataclass(frozen=True, slots=True)
class SoundSpan:
    """A part of the sound, and what it is."""

    start: Seconds
    end: Seconds
    kind: Annotated[str, OneOf(SOUND_KINDS)]


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word that the recogniser heard."""

    text: Annotated[str, Length(80)]
    start: Seconds
    end: Seconds
    confidence: Share = 1.0


@dataclass(frozen=True, slots=True)
class SampleSound:
    """The sound of a sample; `none`: the file has none."""

    kind: Annotated[str, OneOf(SOUND_KINDS)] = "none"
    loudness: Annotated[float, Range(-100, 20)] | None = None
    """Integrated, in LUFS; None: there is no sound, or it is silent."""
    peak: Annotated[float, Range(-100, 20)] | None = None
    """True peak in dBTP."""
    silences: Annotated[tuple[Span, ...], Length(1_000)] = ()
    spans: Annotated[tuple[SoundSpan, ...], Length(1_000)] = ()
    tempo: Annotated[float, Range(20, 300)] | None = None
    """Beats a minute."""
    beats: Annotated[tuple[Seconds, ...], Length(2_000)] = ()
    language: Annotated[str, Length(12)] = ""
    words: Annotated[tuple[SpokenWord, ...], Length(5_000)] = ()


@dataclass(frozen=True, slots=True)
class SampleFacts:
    """Everything that was measured; `degraded` names what was not, and why."""

    technical: Technical
    shots: Annotated[tuple[Shot, ...], Length(1_000, 1)]
    sound: SampleSound = SampleSound()
    degraded: Annotated[tuple[Degraded, ...], Length(20)] = ()

    def to_dict(self) -> dict[str, Any]:
        return typed_document.plain(self)  # type: ignore[no-any-return]

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_dict(cls, raw: Any) -> SampleFacts:
        """Return the facts of parsed JSON; raise `InvalidDocument`."""
        facts = typed_document.read(cls, raw)
        problems = tuple(_problems(facts))
        if problems:
            raise InvalidDocument(problems)
        return facts

    @classmethod
    def from_json(cls, text: str | bytes) -> SampleFacts:
        """Return the facts of a JSON text; raise `InvalidDocument` or `Malformed`."""
        return cls.from_dict(wire.parse(text))


def _problems(facts: SampleFacts) -> list[Problem]:
    found = []
    before = 0.0
    for index, shot in enumerate(facts.shots):
        if shot.end <= shot.start or shot.start < before - 0.001:
            found.append(Problem(f"shots[{index}]", "must follow the shot before it in time"))
        before = shot.end
    return found

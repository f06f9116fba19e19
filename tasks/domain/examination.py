"""The verdict on an uploaded picture or recording, which workers reach and clients read.

A picture is judged as the face stage would judge it, so what is usable here does not fail there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from tasks.domain import wire
from tasks.domain.artifact import Blob
from tasks.domain.errors import BY_CODE, FaceRefused, NoFace, VoiceRefused
from tasks.domain.voices import REGISTERS
from tasks.domain.wire import Malformed

MOST_FACES: Final = 20
"""Faces that a verdict lists; the largest come first."""
MOST_CROPS: Final = 12
MOST_WARNINGS: Final = 20
MOST_HEARD: Final = 2000
"""Characters of what is heard in a recording."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured of a face."""

    score: float
    """The detector's confidence, 0 to 1."""
    eyes: float
    """The distance of the outer eye corners in pixels."""
    height: int = 0
    """The largest of the offered video heights at which the face stays sharp; 0 for none."""
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    """Degrees."""
    sharpness: float = 0.0
    """Fine detail relative to brightness; below 0.012 is out of focus."""
    light: float = 0.0
    """Mean brightness of the face, 0 to 1."""


@dataclass(frozen=True, slots=True)
class ExaminedFace:
    """A face of a picture; `code` and `reason` say why it is not usable."""

    box: tuple[float, float, float, float]
    """Left, top, width and height in pixels of the stored picture."""
    code: str
    reason: str
    quality: Quality
    voice_register: str = ""
    """The kind of voice that is suggested for it (`tasks/domain/voices.py`); empty: none."""

    @property
    def usable(self) -> bool:
        return not self.code


@dataclass(frozen=True, slots=True)
class Crop:
    """What a video of this aspect ratio would show of a face."""

    face_index: int
    aspect_ratio: str
    blob: Blob
    width: int
    height: int
    notes: tuple[str, ...] = ()
    """How the crop differs from the picture: `extended`, `straightened`, `upside_down`."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What was measured of a recording."""

    seconds: float
    speech_seconds: float
    level_db: float
    """Mean level of the speech, relative to full scale."""
    noise_db: float
    """How far the background lies below the speech."""
    clipping: float
    """The share of samples at full scale."""
    language: str = ""
    """A guess; empty if there is none."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that is not ideal: a stable code, and a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an examination found; an empty `code` means usable as it is."""

    code: str = ""
    reason: str = ""
    width: int = 0
    height: int = 0
    """Size of the picture that the boxes refer to."""
    chosen: int | None = None
    """The face that a job uses if it names none."""
    faces: tuple[ExaminedFace, ...] = ()
    crops: tuple[Crop, ...] = ()
    sound: Sound | None = None
    warnings: tuple[Warned, ...] = ()
    score: float | None = None
    """Of a moderation: how sure it is that the picture is not allowed, 0 to 1."""
    heard: str | None = None
    """What a recogniser has heard; None if there was none."""

    @property
    def usable(self) -> bool:
        return not self.code

    def voice_register(self, face_index: int | None = None) -> str:
        """Return the kind of voice that is suggested for a face, or for the one that a job uses."""
        index = self.chosen if face_index is None else face_index
        if index is None or index >= len(self.faces):
            return ""
        return self.faces[index].voice_register

    def without_suggestions(self) -> Verdict:
        """Return the same verdict without any suggested kind of voice."""
        return replace(self, faces=tuple(replace(one, voice_register="") for one in self.faces))

    def require_usable(self, face_index: int | None = None) -> None:
        """Raise the error with which a job would fail; `face_index` names a face of the picture."""
        code, reason = self.code, self.reason
        if face_index is not None and self.sound is None:
            if face_index >= len(self.faces):
                found = len(self.faces)
                raise NoFace(
                    f"There is no face with index {face_index}. The picture shows {found}."
                )
            code, reason = self.faces[face_index].code, self.faces[face_index].reason
        if code:
            raise BY_CODE[code](reason)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Verdict:
        """Parse the verdict of a worker, which is hostile input; raises `Malformed`."""
        verdict = wire.build(cls, wire.checked(dict(raw)))
        lists = (verdict.faces, MOST_FACES), (verdict.crops, MOST_CROPS)
        if any(len(found) > most for found, most in (*lists, (verdict.warnings, MOST_WARNINGS))):
            raise Malformed("a verdict has too many entries")
        if len(verdict.heard or "") > MOST_HEARD:
            raise Malformed("too much was heard")
        for code in (verdict.code, *(face.code for face in verdict.faces)):
            if code and not _refuses(code):
                raise Malformed("a verdict has an unknown code")
        if any(face.voice_register not in ("", *REGISTERS) for face in verdict.faces):
            raise Malformed("a verdict has an unknown kind of voice")
        return verdict


def _refuses(code: str) -> bool:
    cls = BY_CODE.get(code)
    return cls is not None and issubclass(cls, FaceRefused | VoiceRefused)

"""The options of a job, and its states."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

Mode = str
MODES: Final = ("production", "auto", "simulation")
QUALITIES: Final = ("fast", "balanced", "best")
ASPECT_RATIOS: Final = {"9:16": (9, 16), "16:9": (16, 9), "1:1": (1, 1)}
PRIORITIES: Final = ("low", "normal", "high")
CAPTION_STYLES: Final = ("plain", "boxed", "words")
CAPTION_SIZES: Final = ("small", "medium", "large")
CAPTION_POSITIONS: Final = ("auto", "bottom", "top")


class JobState(StrEnum):
    """The states of a job; the last three are final.

    No event changes a final state. Only the user can: retrying a failed or cancelled job
    reopens it for another round (`reopenable`).
    """

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        return self in _ENDS

    @property
    def reopenable(self) -> bool:
        """Return whether the user may retry a job in this state."""
        return self in (JobState.FAILED, JobState.CANCELLED)


_ENDS = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
OPEN_STATES: Final = tuple(state for state in JobState if not state.terminal)


@dataclass(frozen=True, slots=True)
class JobOptions:
    """A validated request; equal options and inputs make equal plans.

    >>> JobOptions(script="Hello.", aspect_ratio="9:16", height=720).size
    (720, 1280)
    """

    script: str | None = None
    topic: str | None = None
    language: str = "en"
    tone: str = ""
    """For a topic: the tone of the script, such as "warm and curious"."""
    aspect_ratio: str = "9:16"
    height: int = 720
    """The shorter side of the finished video, as in "720p"."""
    captions: bool = True
    caption_style: str = "plain"
    caption_size: str = "medium"
    caption_position: str = "auto"
    seed: int | None = None
    mode: Mode = "auto"
    priority: str = "normal"
    scenes: int = 3
    """For a topic: the number of scenes to write."""
    quality: str = "balanced"
    transition: str = "cut"
    label: bool = False
    face_index: int | None = None
    use_audio_as_is: bool = False
    match_voice: bool = False
    voice: dict[str, str] = field(default_factory=dict)
    """`id`: one of `tasks/domain/voices.py`. Without one, the language has a default voice, if
    possible in the `register` that is named here."""
    scene_voices: list[str] = field(default_factory=list)
    """The voice of each part of the script; empty: that of the job."""
    engines: dict[str, str] = field(default_factory=dict)
    """Stages for which the request names the engine."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def voice_id(self) -> str:
        return self.voice.get("id", "")

    @property
    def voice_register(self) -> str:
        return self.voice.get("register", "")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the video; both are even, as H.264 requires."""
        wide, high = ASPECT_RATIOS[self.aspect_ratio]
        short = min(wide, high)
        return tuple(round(self.height * side / short / 2) * 2 for side in (wide, high))  # type: ignore[return-value]

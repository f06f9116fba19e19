"""The settings of the examination of uploads."""

from __future__ import annotations

from dataclasses import dataclass

from config.setting import setting


@dataclass(frozen=True, slots=True)
class ExaminationSettings:
    """How uploaded pictures and recordings are judged before a job uses them."""

    examine_uploads: str = setting(
        "on",
        "EXAMINE_UPLOADS",
        "`on` or `off`: whether workers judge pictures and recordings when they are uploaded.",
    )
    wait_seconds: float = setting(
        3.0,
        "EXAMINE_WAIT_SECONDS",
        "How long the answer to an upload waits for the verdict. After that it says `pending`, "
        "and the verdict follows as an event. 0: it never waits.",
    )

    voice_suggestions: str = setting(
        "on",
        "VOICE_SUGGESTIONS",
        "`on` or `off`: whether workers suggest a kind of voice for a face, which a start without "
        "`voice` uses. With `off`, nothing of the kind is computed or stored.",
    )

    @property
    def suggests_voices(self) -> bool:
        return self.voice_suggestions == "on"

    @property
    def is_on(self) -> bool:
        return self.examine_uploads == "on"

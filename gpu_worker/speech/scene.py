"""Read the scene that a voice engine speaks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gpu_worker.speech.reading import Unit, read, said
from tasks.domain.errors import VoiceRefused


@dataclass(frozen=True)
class Line:
    """The text of a scene, its language, and the pause after it."""

    text: str
    language: str
    pause: float = 0.0

    @cached_property
    def units(self) -> list[Unit]:
        """The written units of the text, each with its spoken form."""
        return read(self.text, self.language)

    @property
    def said(self) -> str:
        return said(self.units)


def line(files: Mapping[str, Path], languages: Sequence[str] = ()) -> Line:
    """Read the line of a scene; raise `VoiceRefused` if the voice cannot speak it."""
    scene = json.loads(files["script/scene.json"].read_text(encoding="utf-8"))
    text, language = str(scene["text"]), str(scene["language"])
    if languages and language.partition("-")[0].lower() not in languages:
        known = ", ".join(languages)
        raise VoiceRefused(f"This voice speaks {known} only, and the text is marked {language}.")
    if not any(character.isalnum() for character in text):
        raise VoiceRefused("There is nothing in this scene that can be spoken.")
    return Line(text, language, float(scene.get("pause_after", 0.0)))

"""The scene that a voice is given to speak."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.domain.errors import VoiceRefused


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be said, and in which language."""

    text: str
    language: str


def line(files: Mapping[str, Path], languages: Sequence[str] = ()) -> Line:
    """The line of this scene; refused if this voice cannot say it."""
    scene = json.loads(files["script/scene.json"].read_text(encoding="utf-8"))
    text, language = str(scene["text"]), str(scene["language"])
    if languages and language.partition("-")[0].lower() not in languages:
        known = ", ".join(languages)
        raise VoiceRefused(f"This voice speaks {known} only, and the text is marked {language}.")
    if not any(character.isalnum() for character in text):
        raise VoiceRefused("There is nothing in this scene that can be spoken.")
    return Line(text, language)

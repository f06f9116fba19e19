"""Check the text of a screenplay, and write one as the parts of the script stage."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from tasks.domain.errors import ScriptRefused
from tasks.domain.screenplay import Scene, Screenplay
from tasks.domain.splitter import clean_paragraphs


def speakable(raw: str) -> str:
    """Return the text with each paragraph on one line; refuse it if nothing can be spoken."""
    text = clean_paragraphs(raw)
    if not any(character.isalnum() for character in text):
        raise ScriptRefused("There is nothing to say: the text has no letters or numbers.")
    return text


def line_of(scene: Scene, language: str) -> str:
    """Return what a voice reads of a scene; its place is left out, so that it may move for free."""
    said = {name: value for name, value in asdict(scene).items() if name != "index"}
    return json.dumps(said | {"language": language}, ensure_ascii=False, sort_keys=True)


def write_parts(folder: Path, screenplay: Screenplay) -> dict[str, Path]:
    """Write `screenplay.json` and a part for each scene; return their paths."""
    parts = {"screenplay.json": screenplay.to_json()}
    for scene in screenplay.scenes:
        parts[f"scene-{scene.index:03}.json"] = line_of(scene, screenplay.language)
    for name, text in parts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: folder / name for name in parts}

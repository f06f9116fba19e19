"""The splitter of scripts; the first byte is the number of scenes that a writer is asked for."""

from __future__ import annotations

from tasks.domain.splitter import (
    LONGEST_SCENE_SECONDS,
    clean,
    estimate_seconds,
    split,
    split_to,
)


def check(data: bytes) -> None:
    text = data[1:].decode("utf-8", "surrogateescape")
    cleaned = clean(text)
    cleaned.encode()
    assert clean(cleaned) == cleaned
    scenes = split(text)
    assert _said([scene.text for scene in scenes]) == _said([cleaned])
    for scene in scenes:
        assert scene.text == scene.text.strip() != ""
        assert scene.estimated_seconds == estimate_seconds(scene.text) <= LONGEST_SCENE_SECONDS
    _check_count(text, cleaned, data[0] % 40 + 1 if data else 1)


def _check_count(text: str, cleaned: str, count: int) -> None:
    scenes = split_to(text, count)
    assert [scene.index for scene in scenes] == list(range(count))
    if len(_said([cleaned])) >= count:
        assert _said([scene.text for scene in scenes]) == _said([cleaned])
        assert all(scene.text.strip() for scene in scenes)


def _said(texts: list[str]) -> str:
    return "".join("".join(texts).split())

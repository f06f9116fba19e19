"""Captions of what is said and text on the screen, drawn by the product's own renderer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from gpu_worker.media import languages
from gpu_worker.media.captions import cues, lettering
from gpu_worker.media.captions.cues import Cue, Word
from gpu_worker.media.captions.lettering import Look
from gpu_worker.media.editing.timeline import RATE, Timeline
from gpu_worker.media.framing import Frame, Layer

_MARGIN: Final = 0.15
"""Seconds between the edges of a scene and its text."""

Spoken = Mapping[int, tuple[float, float]]
"""When the voice of a scene begins, and how much faster it is spoken than it was recorded."""


def captions(
    entries: Sequence[Mapping[str, Any]],
    timings: Mapping[int, Path],
    timeline: Timeline,
    spoken: Spoken,
) -> list[Cue]:
    """Return the captions of all scenes; those of a scene end when the next one begins."""
    row: list[tuple[list[Word], float]] = []
    for number, path in sorted(timings.items()):
        placed = timeline.scenes[number]
        start, speed = spoken.get(number, (placed.start, 1.0))
        known = json.loads(path.read_text("utf-8")).get("words", [])
        words = [
            Word(str(one["text"]), float(one["start"]) / speed, float(one["end"]) / speed)
            for one in known
        ]
        end = placed.start + placed.seconds
        said = cues.words_of(str(entries[number]["line"]), words, end - start)
        later = [word.later(start) for word in said if word.start + start < end]
        row += [(group, end) for group in cues.groups(later, end)]
    return cues.timed(row)


def texts(entries: Sequence[Mapping[str, Any]], timeline: Timeline) -> list[Cue]:
    """Return the text on the screen of each scene that has one."""
    found = []
    for entry, placed in zip(entries, timeline.scenes, strict=True):
        text = " ".join(str(entry.get("text") or "").split())
        if text:
            start = placed.start + placed.overlap / RATE + _MARGIN
            end = max(start + 0.5, placed.start + placed.seconds - _MARGIN)
            words = tuple(word.later(start) for word in cues.words_of(text, [], end - start))
            found.append(Cue(start, end, text, words))
    return found


def layers(
    said: Sequence[Cue],
    shown: Sequence[Cue],
    frame: Frame,
    folder: Path,
    *,
    style: str,
    language: str,
    label: bool = False,
) -> tuple[list[Layer], list[str]]:
    """Draw captions and text; return the layers, and warnings about letters without a font."""
    found: list[Layer] = []
    warnings = []
    code = languages.tag(language)
    looks = {
        "captions": (said if style != "off" else (), Look(style=style, language=code, label=label)),
        "text": (
            shown,
            Look(style="plain", size="large", position="top", language=code, label=label),
        ),
    }
    for name, (row, look) in looks.items():
        if not row:
            continue
        place = folder / name
        place.mkdir()
        try:
            found.append(lettering.captions(row, frame, Fraction(RATE), place, look))
        except lettering.Unwritable as missing:
            warnings.append(f"{name} not drawn: no installed font has the letters {missing}")
    return found, warnings

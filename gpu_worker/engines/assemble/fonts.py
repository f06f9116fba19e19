"""A font for captions: the first at hand that has all the letters."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import current

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_NAMES = (
    "Inter-Bold*",
    "NotoSans-Bold.*",
    "DejaVuSans-Bold.ttf",
    "LiberationSans-Bold.ttf",
    "NotoSansCJK-Bold.ttc",
    "NotoSansCJK-Regular.ttc",
    "*CJK*.tt?",
)
_UNKNOWN = "\U0010fffe"
"""No font has this one: it shows what a missing letter looks like."""


def choose(text: str, size: int) -> FreeTypeFont:
    """The font that lacks the fewest letters of a text; `CAPTION_FONT` names a file to prefer."""
    letters = tuple(sorted({letter for letter in text if not letter.isspace()}))
    return min(_fonts(size), key=lambda font: len(missing(font, letters)))


def missing(font: FreeTypeFont, letters: tuple[str, ...]) -> list[str]:
    """The letters a font can only show as an empty box."""
    box = bytes(font.getmask(_UNKNOWN))
    return [letter for letter in letters if bytes(font.getmask(letter)) == box]


def _fonts(size: int) -> Iterator[FreeTypeFont]:
    from PIL import ImageFont

    for path in _files():
        yield ImageFont.truetype(path, size)
    bundled = ImageFont.load_default(size)
    if isinstance(bundled, ImageFont.FreeTypeFont):
        yield bundled


@cache
def _files() -> tuple[str, ...]:
    named = current().caption_font
    found = [Path(named)] if named else []
    folders = [folder for folder in (*_FOLDERS, _matplotlib()) if folder and folder.is_dir()]
    for name in _NAMES:
        found += [path for folder in folders for path in sorted(folder.rglob(name))[:1]]
    return tuple(str(path) for path in found)


def _matplotlib() -> Path | None:
    """The environment of all stages has it, and it ships DejaVu."""
    spec = importlib.util.find_spec("matplotlib")
    return Path(spec.origin).parent / "mpl-data/fonts/ttf" if spec and spec.origin else None

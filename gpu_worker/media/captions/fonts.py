"""Typefaces for captions: Noto Sans of every script, from packages, before what is installed."""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from config.settings import current

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")
"""Noto Sans for some twenty scripts, with emoji; Noto Sans CJK (SIL Open Font License 1.1)."""
_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_NAMES = (
    "NotoSans[[]wght].ttf",
    "NotoSans?*[[]wght].ttf",
    "NotoSansCJK-VF*",
    "NotoEmoji*",
    "NotoSans-Bold.*",
    "DejaVuSans-Bold.ttf",
    "LiberationSans-Bold.ttf",
    "NotoSansCJK-Bold.ttc",
    "NotoSansCJK-Regular.ttc",
    "*CJK*.tt?",
)
_CJK = {"ja": 0, "ko": 1, "zh": 2, "zh-hans": 2, "zh-cn": 2, "zh-hant": 3, "zh-tw": 3, "zh-hk": 4}
"""Which face of a collection draws the shared letters as a language does."""
_BOLD = 700
_UNKNOWN = "\U0010fffe"
"""No font has this character: it shows what a missing letter looks like."""
_EMOJI = ((0x1F000, 0x1FAFF), (0x2600, 0x27BF), (0x2B00, 0x2BFF), (0x20E3, 0x20E3))
_RIGHT_TO_LEFT = {"R", "AL"}


class Run(NamedTuple):
    """A part of a line that one font draws."""

    font: FreeTypeFont
    text: str
    direction: Literal["rtl"] | None = None
    """Of a run without letters; that of letters is their own."""

    @property
    def length(self) -> float:
        return self.font.getlength(self.text, direction=self.direction)


@dataclass(frozen=True, slots=True)
class Typeface:
    """Fonts that have all letters of a text between them, the first one before the others."""

    fonts: tuple[FreeTypeFont, ...]
    size: int

    def runs(self, text: str) -> list[Run]:
        """Cut a line by font, from left to right as it is drawn."""
        found: list[Run] = []
        for letter in text:
            before = found[-1] if found else None
            if before and _clings(letter, before.font):
                found[-1] = Run(before.font, before.text + letter)
                continue
            font = next((font for font in self.fonts if _has(font, letter)), None)
            if font is None:
                continue
            if before and font is before.font:
                found[-1] = Run(font, before.text + letter)
            else:
                found.append(Run(font, letter))
        if not is_right_to_left(text):
            return found
        return [_turned(run) for run in reversed(found)]

    def getlength(self, text: str) -> float:
        return sum(run.length for run in self.runs(text))

    def missing(self, text: str) -> list[str]:
        """Return the letters that no font has; emoji are dropped and do not count."""
        letters = sorted({letter for letter in text if not _needs_no_font(letter)})
        return [
            letter
            for letter in letters
            if not is_emoji(letter) and not any(_has(font, letter) for font in self.fonts)
        ]


def choose(text: str, size: int, language: str = "") -> Typeface:
    """Return the typeface for a text; `CAPTION_FONT` names a file to prefer."""
    chosen: list[FreeTypeFont] = []
    left = {letter for letter in text if not _needs_no_font(letter)}
    for font in _fonts(size, language):
        had = {letter for letter in left if _has(font, letter)}
        # The first font is for what every text may need: digits, hyphens, the full stop.
        if had or not chosen:
            chosen.append(font)
            left -= had
        if not left:
            break
    return Typeface(tuple(chosen), size)


def _turned(run: Run) -> Run:
    """Return a run of a right-to-left line: marks and spaces follow the line, digits do not."""
    kinds = {unicodedata.bidirectional(letter) for letter in run.text}
    return run if kinds & {"L", "R", "AL", "EN", "AN"} else run._replace(direction="rtl")


def is_right_to_left(text: str) -> bool:
    """Return whether the first letter with a direction runs from right to left."""
    kinds = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind for kind in kinds if kind in {"L", *_RIGHT_TO_LEFT}), "L") != "L"


def is_emoji(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in _EMOJI)


def _needs_no_font(letter: str) -> bool:
    """Return whether a character is not drawn: a space, a joiner or a variation selector."""
    return (
        letter.isspace() or unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f"
    )


def _clings(letter: str, font: FreeTypeFont) -> bool:
    """Return whether a letter is drawn by the font of the one before it."""
    if _needs_no_font(letter):
        return True
    kind = unicodedata.category(letter)[0]
    return kind == "M" or (kind in "PNZ" and _has(font, letter))


def _has(font: FreeTypeFont, letter: str) -> bool:
    """Return whether the font has more than an empty box for a letter."""
    return _covers(str(font.path), font.index, letter)


@lru_cache(50_000)
def _covers(path: str, index: int, letter: str) -> bool:
    font = _sample(path, index)
    return bytes(font.getmask(letter)) != bytes(font.getmask(_UNKNOWN))


@lru_cache(64)
def _sample(path: str, index: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(path, 16, index)


def _fonts(size: int, language: str) -> Iterator[FreeTypeFont]:
    from PIL import ImageFont

    for path in _files():
        yield _bold(ImageFont.truetype(path, size, _face(path, language)))


def _face(path: str, language: str) -> int:
    if not Path(path).name.startswith("NotoSansCJK-VF"):
        return 0
    code = language.lower()
    return _CJK.get(code, _CJK.get(code.split("-")[0], _CJK["zh"]))


def _bold(font: FreeTypeFont) -> FreeTypeFont:
    """Set a variable font to the weight of captions."""
    with suppress(OSError):  # has only one weight
        font.set_variation_by_axes([_weight(axis) for axis in font.get_variation_axes()])
    return font


def _weight(axis: Any) -> float:
    most, usual = float(axis["maximum"]), float(axis["default"])
    return _BOLD if most >= _BOLD else usual


@cache
def _files() -> tuple[str, ...]:
    named = current().caption_font
    found = [Path(named)] if named else []
    folders = [*map(_package, _PACKAGES), *_FOLDERS, _package("matplotlib", "mpl-data/fonts/ttf")]
    for name in _NAMES:
        for folder in folders:
            if folder and folder.is_dir():
                found += [path for path in sorted(folder.rglob(name)) if "Italic" not in path.name]
    return tuple(dict.fromkeys(map(str, found)))


def _package(name: str, inside: str = "") -> Path | None:
    """Return the folder of a package without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent / inside if spec and spec.origin else None

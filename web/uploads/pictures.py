"""The header, the full decode and the clean copy of a picture, in one confined child."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from web.uploads.candidate import Candidate, refusal
from web.uploads.confinement import Limits, confined, no_space

_CHILD: Final = Path(__file__).with_name("picture_child.py")
_LIMITS: Final = Limits(seconds=20)
PREVIEW_TYPE: Final = "image/jpeg"
NO_SPACE: Final = 4

# The statuses of `picture_child`: layer, code, sentence, and whether it is an attack.
REFUSALS: Final = {
    10: ("structure", "UNREADABLE", "The picture cannot be read.", True),
    11: ("structure", "TOO_MANY_PIXELS", "The picture has more than 40 megapixels.", True),
    12: ("structure", "ANIMATED", "The picture is animated; send a still one.", False),
    13: ("structure", "TOO_SMALL", "Each side of the picture needs 256 pixels.", False),
    14: ("structure", "TOO_WIDE", "No side of the picture may exceed 4096 pixels.", False),
}
_DAMAGED: Final = ("decode", "UNDECODABLE", "The picture is damaged and cannot be read.", True)
_ENDLESS: Final = ("decode", "DECODE_TIMEOUT", "The picture takes too long to read.", True)


def re_encoded(candidate: Candidate, directory: Path) -> tuple[Path, str, Path]:
    """The clean picture, its media type and its thumbnail; a broken picture is refused."""
    # What was lossless stays so.
    extension, media_type = (
        (".png", "image/png") if candidate.extension == ".png" else (".jpg", "image/jpeg")
    )
    clean, preview = directory / f"clean{extension}", directory / "preview.jpg"
    command = [sys.executable, "-I", str(_CHILD), *map(str, (candidate.path, clean, preview))]
    ending = confined(command, _LIMITS, directory)
    if ending.succeeded and clean.is_file() and preview.is_file():
        return clean, media_type, preview
    if ending.code == NO_SPACE:
        raise no_space()
    code = ending.code if ending.code is not None else -1
    layer, name, message, security = _ENDLESS if ending.exhausted else REFUSALS.get(code, _DAMAGED)
    raise refusal(layer, name, message, security=security)

"""Check and re-encode a picture in a confined child process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from web.uploads.candidate import Candidate, refusal
from web.uploads.confinement import Limits, confined, no_space
from web.uploads.content_type import decoded

_CHILD: Final = Path(__file__).with_name("picture_child.py")
_LIMITS: Final = Limits(seconds=20)
PREVIEW_TYPE: Final = "image/jpeg"
NO_SPACE: Final = 4

# By exit status of `picture_child`: layer, code, sentence, and whether it counts as an attack.
REFUSALS: Final = {
    10: ("structure", "UNREADABLE", "The picture cannot be read.", True),
    11: ("structure", "TOO_MANY_PIXELS", "The picture has more than 50 megapixels.", True),
    12: ("structure", "ANIMATED", "The picture is animated. Send a still picture.", False),
    13: (
        "structure",
        "TOO_SMALL",
        "Each side of the picture must have at least 256 pixels.",
        False,
    ),
    15: (
        "structure",
        "TOO_COMPLEX",
        "The picture has too many parts or too much metadata. Save it again.",
        True,
    ),
}
_DAMAGED: Final = ("decode", "UNDECODABLE", "The picture is damaged and cannot be read.", True)
_ENDLESS: Final = ("decode", "DECODE_TIMEOUT", "The picture takes too long to read.", True)


def re_encoded(
    candidate: Candidate, directory: Path, *, trusted: bool = False
) -> tuple[Path, str, Path]:
    """Return the clean picture, its media type and its thumbnail; refuse a broken picture.

    With `trusted`, it may have another type than its extension says.
    """
    # A lossless picture stays lossless.
    extension, media_type = (
        (".png", "image/png") if candidate.extension == ".png" else (".jpg", "image/jpeg")
    )
    clean, preview = directory / f"clean{extension}", directory / "preview.jpg"
    command = [sys.executable, "-I", str(_CHILD), *map(str, (candidate.path, clean, preview))]
    if trusted:
        result = confined(command, _LIMITS, directory)
    else:
        result = decoded(candidate, command, _LIMITS, directory)
    if result.succeeded and clean.is_file() and preview.is_file():
        return clean, media_type, preview
    if result.code == NO_SPACE:
        raise no_space()
    code = result.code if result.code is not None else -1
    layer, name, message, security = _ENDLESS if result.exhausted else REFUSALS.get(code, _DAMAGED)
    raise refusal(layer, name, message, security=security)

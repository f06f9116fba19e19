"""The full decode of a picture, and its clean copy, in one confined child."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from web.uploads.candidate import Candidate, refusal
from web.uploads.confinement import Limits, confined

_CHILD: Final = Path(__file__).with_name("picture_child.py")
_LIMITS: Final = Limits(seconds=20)
PREVIEW_TYPE: Final = "image/jpeg"


def remade(candidate: Candidate, directory: Path) -> tuple[Path, str, Path]:
    """The clean picture, its media type and its thumbnail; a broken picture is refused."""
    # What was lossless stays so.
    extension, media_type = (
        (".png", "image/png") if candidate.extension == ".png" else (".jpg", "image/jpeg")
    )
    clean, preview = directory / f"clean{extension}", directory / "preview.jpg"
    command = [sys.executable, "-I", str(_CHILD), *map(str, (candidate.path, clean, preview))]
    ending = confined(command, _LIMITS, directory)
    if ending.well and clean.is_file() and preview.is_file():
        return clean, media_type, preview
    if ending.code is None:
        raise refusal(
            "decode", "DECODE_TIMEOUT", "The picture takes too long to read.", security=True
        )
    raise refusal(
        "decode", "UNDECODABLE", "The picture is damaged and cannot be read.", security=True
    )

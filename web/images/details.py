"""Measure a stored file: the size, hash and harmless EXIF of a picture, the length of a recording.

A picture is read in a confined child process, never in that of the server.
"""

from __future__ import annotations

import json
import logging
import sys
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from web.images import similar
from web.images.models import BANDS
from web.uploads.candidate import Kind
from web.uploads.confinement import Limits, confined

log = logging.getLogger(__name__)

_CHILD: Final = Path(__file__).with_name("details_child.py")
_LIMITS: Final = Limits(seconds=20, largest_file=1024**2)


@dataclass(frozen=True, slots=True)
class Details:
    """What is known about a file beside its bytes."""

    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    exif: dict[str, Any] = field(default_factory=dict)
    bands: tuple[int | None, ...] = (None,) * BANDS

    def columns(self) -> dict[str, Any]:
        """Return the values of the columns of `LibraryItem`."""
        bands = {f"band_{number}": band for number, band in enumerate(self.bands)}
        return {
            "width": self.width,
            "height": self.height,
            "seconds": self.seconds,
            "exif": self.exif,
            **bands,
        }


def measure(kind: Kind, clean: Path, directory: Path, source: Path | None = None) -> Details:
    """Measure a clean copy; `source` is the file as it was sent, for its EXIF."""
    if kind == "voice":
        with wave.open(str(clean), "rb") as sound:
            return Details(seconds=round(sound.getnframes() / sound.getframerate(), 3))
    command = [sys.executable, "-I", str(_CHILD), str(clean), *([str(source)] if source else [])]
    result = confined(command, _LIMITS, directory)
    if not result.succeeded:
        # The picture itself passed every check; without details only the filters lack something.
        log.warning("picture not measured", extra={"error": result.err[-200:]})
        return Details()
    found = json.loads(result.out)
    bands = similar.bands(found["hash"])
    return Details(found["width"], found["height"], None, found["exif"], bands)

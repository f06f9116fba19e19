"""Fingerprints of videos: small numbers that stay alike when a video is encoded again.

A picture is reduced to 64 bits for each second, the sound to 32 bits every 32 ms. Workers compute
them from decoded media; comparing them takes nothing but integers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

FINGERPRINT: Final = "fingerprint.json"
"""The part of a finished video with its fingerprint."""
VERSION: Final = 1
FRAME_BITS: Final = 64
SOUND_BITS: Final = 32
SOUNDS_A_SECOND: Final = 31.25
LONGEST_SECONDS: Final = 600
_MOST_FRAMES: Final = LONGEST_SECONDS + 2
_MOST_SOUNDS: Final = round(LONGEST_SECONDS * SOUNDS_A_SECOND) + 2
_BLOCK: Final = 250
"""Sounds that are compared at once: 8 s."""
_SHORTEST: Final = 47
"""Fewer sounds (1.5 s) say nothing."""
_BLOCKS: Final = 3

FRAMES_ALIKE: Final = 14.0
"""Pictures with fewer different bits, on average, show the same."""
SOUNDS_ALIKE: Final = 0.34
"""Sounds with a smaller share of different bits are the same; those of others are near 0.5."""


class FingerprintInvalid(ValueError):
    """The text is not a fingerprint of this version."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The numbers of one video; 0 stands for a frame without features and for silence."""

    frames: tuple[int, ...] = ()
    sounds: tuple[int, ...] = ()

    def to_json(self) -> str:
        return json.dumps(
            {
                "version": VERSION,
                "frames": _packed(self.frames, FRAME_BITS),
                "sounds": _packed(self.sounds, SOUND_BITS),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Fingerprint:
        """Parse a fingerprint that a worker or a child process has written."""
        try:
            raw: Any = json.loads(text)
        except (ValueError, RecursionError):
            raise FingerprintInvalid("not JSON") from None
        if not isinstance(raw, dict) or raw.get("version") != VERSION:
            raise FingerprintInvalid("another version")
        return cls(
            _unpacked(raw.get("frames"), FRAME_BITS, _MOST_FRAMES),
            _unpacked(raw.get("sounds"), SOUND_BITS, _MOST_SOUNDS),
        )


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much of a video is that of another one; 1 is identical, and None not comparable."""

    picture: float | None
    sound: float | None

    @property
    def is_same(self) -> bool:
        """Whether it is the same video.

        Both count: many videos may show one portrait, and one sentence may be spoken by many.
        """
        return bool(self.has_same_picture and self.has_same_sound)

    @property
    def has_same_picture(self) -> bool | None:
        return None if self.picture is None else self.picture > 1 - FRAMES_ALIKE / FRAME_BITS

    @property
    def has_same_sound(self) -> bool | None:
        return None if self.sound is None else self.sound > 1 - SOUNDS_ALIKE


def compare(found: Fingerprint, known: Fingerprint) -> Likeness:
    """Compare a video with a known one, of which it may be a part."""
    return Likeness(_picture(found.frames, known.frames), _sound(found.sounds, known.sounds))


def distance(one: int, other: int) -> int:
    """Count the bits in which two frames differ."""
    return (one ^ other).bit_count()


def _picture(found: Sequence[int], known: Sequence[int]) -> float | None:
    seen, kept = {frame for frame in found if frame}, {frame for frame in known if frame}
    if not seen or not kept:
        return None
    bits = [min((frame ^ other).bit_count() for other in kept) for frame in seen]
    return round(1 - sum(bits) / len(bits) / FRAME_BITS, 4)


def _sound(found: Sequence[int], known: Sequence[int]) -> float | None:
    """Slide the loudest blocks of one over the other; the best place of the best block counts."""
    if len(found) > len(known):
        found, known = known, found
    blocks = list(_blocks(found))
    if not blocks or sum(1 for sound in known if sound) < _SHORTEST:
        return None
    whole = _joined(known)
    return round(1 - min(_errors(block, whole, len(known)) for block in blocks), 4)


def _blocks(sounds: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield blocks that are mostly not silent, the fullest ones first."""
    length = min(_BLOCK, len(sounds))
    starts = range(0, len(sounds) - length + 1, max(1, length // 2))
    filled = sorted(((_filled(sounds[at : at + length]), -at) for at in starts), reverse=True)
    for full, at in filled[:_BLOCKS]:
        if full >= max(_SHORTEST, length // 2):
            yield sounds[-at : -at + length]


def _filled(sounds: Sequence[int]) -> int:
    return sum(1 for sound in sounds if sound)


def _errors(block: Sequence[int], whole: int, length: int) -> float:
    """Return the smallest share of different bits over all places of a block."""
    bits = SOUND_BITS * len(block)
    mask, part = (1 << bits) - 1, _joined(block)
    least = min(
        (((whole >> (SOUND_BITS * place)) & mask) ^ part).bit_count()
        for place in range(length - len(block) + 1)
    )
    return least / bits


def _joined(sounds: Sequence[int]) -> int:
    return int.from_bytes(b"".join(s.to_bytes(SOUND_BITS // 8, "little") for s in sounds), "little")


def _packed(numbers: Sequence[int], bits: int) -> str:
    return "".join(f"{number:0{bits // 4}x}" for number in numbers)


def _unpacked(text: object, bits: int, most: int) -> tuple[int, ...]:
    digits = bits // 4
    if not isinstance(text, str) or not re.fullmatch("[0-9a-f]*", text, re.ASCII):
        raise FingerprintInvalid("not hexadecimal")
    if len(text) % digits or len(text) > most * digits:
        raise FingerprintInvalid("of an impossible length")
    return tuple(int(text[at : at + digits], 16) for at in range(0, len(text), digits))

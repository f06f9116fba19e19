"""Stages by name: ours, and those of the product's first design, which people still send."""

from __future__ import annotations

from typing import Final

FORMER: Final = {
    "script_generation": "script",
    "voice_cloning": "voice",
    "face_processing": "face",
    "video_generation": "animate",
    "video_enhancement": "enhance",
    "final_assembly": "assemble",
}


def canonical(name: str) -> str:
    """Our name of a stage; a name that is none comes back as it is.

    >>> canonical("voice_cloning")
    'voice'
    >>> canonical("voice")
    'voice'
    """
    return FORMER.get(name, name)

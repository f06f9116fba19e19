"""Translate the stage names of the first design, which clients still send."""

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
    """Return the present name of a stage; an unknown name is returned as it is.

    >>> canonical("voice_cloning")
    'voice'
    >>> canonical("voice")
    'voice'
    """
    return FORMER.get(name, name)

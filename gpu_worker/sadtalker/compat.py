"""Patch SadTalker's code of 2023 so that it runs on current packages.

Each patch replaces a module that its inference imports and never calls, or one line that numpy no
longer accepts. Call `patch_upstream` once, before any of its modules is imported.
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any, Final

NEVER_CALLED: Final = {
    # `facerender/animate.py` imports both for work that other stages do: GFPGAN enhances (it needs
    # basicsr, and so a torchvision older than 0.17), pydub adds the sound.
    "gfpgan": ("GFPGANer",),
    "pydub": ("AudioSegment",),
    # Imported by `facerender/animate.py` and not used; its wheels fit one build of torch each.
    "torchvision": (),
    # `face3d/models/networks.py` warps with it in training only.
    "kornia": (),
    "kornia.geometry": ("warp_affine",),
    # Its face detector and landmarks: our face stage provides those of the chosen face, while
    # SadTalker takes the first face and raises a string without one.
    "src.utils.croper": ("Preprocesser",),
}


def patch_upstream() -> None:
    """Make SadTalker's modules importable."""
    for name, contents in NEVER_CALLED.items():
        stub: Any = types.ModuleType(name)
        for content in contents:
            setattr(stub, content, _Absent)
        sys.modules[name] = stub
    _flatten_translation()


class _Absent:
    """Replaces a class that is imported and constructed, but never used."""

    def __init__(self, *_: Any) -> None:
        pass


def _flatten_translation() -> None:
    """Flatten two arrays of one element, from which `align_img` makes an array of numbers.

    numpy rejects that as a ragged array since 1.24, so the translation that `POS` returns is
    flattened to numbers.
    """
    alignment: Any = importlib.import_module("src.face3d.util.preprocess")
    theirs = alignment.POS

    def flat(*points: Any) -> tuple[Any, Any]:
        translation, scale = theirs(*points)
        return translation.ravel(), scale

    alignment.POS = flat

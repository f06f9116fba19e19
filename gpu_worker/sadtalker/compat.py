"""What SadTalker's code of 2023 needs to run on today's packages, changed from outside.

Each of these is about a module that its inference imports and never calls, or about one
line of it that numpy no longer takes. To be called once, before anything of it is imported.
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any, Final

NEVER_CALLED: Final = {
    # `facerender/animate.py` imports both for parts that we leave to other stages: GFPGAN for
    # enhancing (it brings basicsr, which wants a torchvision of before 0.17), pydub for sound.
    "gfpgan": ("GFPGANer",),
    "pydub": ("AudioSegment",),
    # Imported by `facerender/animate.py` and not used; its wheels fit one build of torch each.
    "torchvision": (),
    # `face3d/models/networks.py` warps with it in training only.
    "kornia": (),
    "kornia.geometry": ("warp_affine",),
    # Its face detector and its landmarks: our face stage has both, of the face that was chosen,
    # where SadTalker takes the first that it sees and raises a string where it sees none.
    "src.utils.croper": ("Preprocesser",),
}


def patch_upstream() -> None:
    """After this, SadTalker's modules can be imported and used."""
    for name, contents in NEVER_CALLED.items():
        stub: Any = types.ModuleType(name)
        for content in contents:
            setattr(stub, content, _Absent)
        sys.modules[name] = stub
    _scalars()


class _Absent:
    """Stands for what is imported and never called; building one is all that happens to it."""

    def __init__(self, *_: Any) -> None:
        pass


def _scalars() -> None:
    """`align_img` puts two arrays of one element into an array of numbers.

    numpy takes that for a ragged array, which it refuses since 1.24: the translation that
    `POS` returns is made flat, so that its elements are numbers.
    """
    alignment: Any = importlib.import_module("src.face3d.util.preprocess")
    theirs = alignment.POS

    def flat(*points: Any) -> tuple[Any, Any]:
        translation, scale = theirs(*points)
        return translation.ravel(), scale

    alignment.POS = flat

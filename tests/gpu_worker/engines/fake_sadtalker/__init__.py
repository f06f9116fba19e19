"""A checkout that has SadTalker's interface and none of its networks, for a machine without torch.

`build` writes one whose modules are those of this package. It "draws" the picture that it
was given, with a mouth as wide open as the sound is loud, where the landmarks have it, and a
spot that the seed chooses, and fails as the file `fault` in its directory says.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SIZE = 48
_OF_CHECKOUT = {
    "utils/init_path.py": ("models", "init_path"),
    "utils/preprocess.py": ("models", "CropAndExtract"),
    "test_audio2coeff.py": ("models", "Audio2Coeff"),
    "generate_batch.py": ("models", "get_data"),
    "generate_facerender_batch.py": ("models", "get_facerender_data"),
    "facerender/animate.py": ("models", "AnimateFromCoeff"),
    "facerender/modules/make_animation.py": ("models", "make_animation"),
    "face3d/util/preprocess.py": ("models", "POS"),
}
_OF_PACKAGES = ("librosa", "safetensors", "yacs")


@dataclass(frozen=True)
class FakeSadTalker:
    """Where its parts are."""

    home: Path
    checkpoints: Path
    packages: Path
    """What takes the place of torch and of packages that are looked for and not used."""

    def set_fault(self, what: str) -> None:
        """`memory:N` for more than N pictures at once, `raise`, `die`; nothing ends it."""
        (self.home / "fault").write_text(what)


def build(target: Path) -> FakeSadTalker:
    made = FakeSadTalker(target / "home", target / "checkpoints", target / "packages")
    for module, (source, name) in _OF_CHECKOUT.items():
        path = made.home / "src" / module
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"from {__name__}.{source} import {name}\n")
    made.packages.mkdir()
    (made.packages / "torch.py").write_text(f"from {__name__}.no_torch import *\n")
    for package in _OF_PACKAGES:
        (made.packages / f"{package}.py").touch()
    made.checkpoints.mkdir()
    (made.checkpoints / f"SadTalker_V0.0.2_{SIZE}.safetensors").touch()
    (made.checkpoints / "mapping_00109-model.pth.tar").touch()
    return made

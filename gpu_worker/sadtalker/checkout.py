"""Find SadTalker on this machine: the operator's checkout and checkpoints."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.settings import current
from gpu_worker.models.catalog import MODELS

MAPPING: Final = "mapping_00109-model.pth.tar"
"""The weights of its "full" mode, for faces that are put back into their picture."""
_NETWORKS = re.compile(r"SadTalker_V0\.0\.2_(\d+)\.safetensors")
_MODULES: Final = (
    "utils/preprocess.py",
    "utils/init_path.py",
    "test_audio2coeff.py",
    "generate_batch.py",
    "generate_facerender_batch.py",
    "facerender/animate.py",
    "facerender/modules/make_animation.py",
)


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout and the weights for it."""

    home: Path
    checkpoints: Path

    @property
    def modules_missing(self) -> list[str]:
        """Return the missing modules; a folder without all of them is not a checkout."""
        places = (self.home / "src" / module for module in _MODULES)
        return [str(place) for place in places if not place.is_file()]

    @property
    def size(self) -> int:
        """Return the side of the drawn faces in pixels, by the largest network; 0: none."""
        if not self.checkpoints.is_dir():
            return 0
        found = (_NETWORKS.fullmatch(path.name) for path in self.checkpoints.iterdir())
        return max((int(match[1]) for match in found if match), default=0)

    @property
    def weights_missing(self) -> list[str]:
        missing = [] if self.size else ["SadTalker_V0.0.2_256.safetensors"]
        return missing if (self.checkpoints / MAPPING).is_file() else [*missing, MAPPING]

    @property
    def identity(self) -> str:
        """Return what decides its pictures besides our code: its own code, and the network."""
        code = hashlib.sha256()
        for path in sorted((self.home / "src").rglob("*")):
            if path.suffix in (".py", ".yaml", ".mat") and path.is_file():
                code.update(path.read_bytes())
        return f"{code.hexdigest()[:16]}-{self.size}"


def chosen() -> Checkout | None:
    """Return the checkout of the settings; None if they name none."""
    settings = current()
    if not settings.sadtalker_home:
        return None
    checkpoints = settings.sadtalker_checkpoints or MODELS["sadtalker"].folder
    return Checkout(_absolute(settings.sadtalker_home), _absolute(checkpoints))


def _absolute(place: str | Path) -> Path:
    return Path(place).expanduser().absolute()

"""The local clip models, and whether this worker can run them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gpu_worker import packages

_DRAWN: Final = {"cv2": "opencv-python-headless", "numpy": "numpy", "PIL": "pillow"}


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model of the registry's provider `local`."""

    name: str
    version: str
    """Part of the content key: raise it whenever the clip for an equal order changes."""
    needs: dict[str, str]
    """Modules and their packages."""
    warps_still: bool = False
    """Whether its frames are a picture under a moving camera: that is enhanced once before."""

    @property
    def identity(self) -> dict[str, str]:
        return {"name": f"local/{self.name}", "version": self.version}


MODELS: Final = {
    model.name: model
    for model in (
        LocalModel("camera-moves", "3", _DRAWN, warps_still=True),
        LocalModel("parallax", "3", _DRAWN | {"mediapipe": "mediapipe"}, warps_still=True),
        LocalModel("talking-head", "1", _DRAWN | {"mediapipe": "mediapipe"}),
    )
}


def runs_here() -> bool:
    """Return whether this worker has the packages of all local models."""
    return all(packages.probe(model.needs, "lite").ok for model in MODELS.values())

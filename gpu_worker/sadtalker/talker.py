"""SadTalker's three models, loaded once, and what is asked of them for a scene.

They are `CropAndExtract` (the 3D face of a picture), `Audio2Coeff` (expressions from
sound) and `AnimateFromCoeff` (pictures from expressions); of the last only its networks are
used, because its own `generate` keeps every frame of a video on the device until the end.
"""

from __future__ import annotations

import importlib
import random
from pathlib import Path
from typing import Any, Final

from gpu_worker.models import torch_device
from gpu_worker.sadtalker import compat
from gpu_worker.sadtalker.checkout import Checkout

FACE, LANDMARKS, SPEECH = "face.png", "face_landmarks.txt", "speech.wav"
"""What is read in the folder of a scene. SadTalker writes its coefficients beside them, and
takes landmarks of this name for ones that it has found before."""
_MODE: Final = "full"
"""Its mode for faces that are put back into a picture: the head keeps its place."""


class Talker:
    """Warm models and the scene that they are at."""

    def __init__(self, checkout: Checkout) -> None:
        compat.patch_upstream()
        torch_device.repeatable()
        self.size = checkout.size
        self._device = torch_device.name()
        paths = _theirs("utils.init_path").init_path(
            str(checkout.checkpoints),
            str(checkout.home / "src" / "config"),
            self.size,
            False,
            _MODE,
        )
        self._portraitist = _theirs("utils.preprocess").CropAndExtract(paths, self._device)
        self._listener = _theirs("test_audio2coeff").Audio2Coeff(paths, self._device)
        self._painter = _theirs("facerender.animate").AnimateFromCoeff(paths, self._device)
        self._painter.he_estimator = None  # of training: 0.2 GB that no picture needs
        self._scene: tuple[Any, Any, Any] | None = None

    def prepare(self, folder: Path, seed: int) -> int:
        """Listen to the speech of a scene; how many frames there are to draw."""
        self._scene = None  # its memory first
        _seed(seed)
        face, speech = str(folder / FACE), str(folder / SPEECH)
        # Nothing is looked for: the landmarks beside the picture are taken as found.
        shape, picture, _ = self._portraitist.generate(
            face, str(folder), "resize", source_image_flag=True, pic_size=self.size
        )
        heard = _theirs("generate_batch").get_data(shape, speech, self._device, None, still=True)
        moves = self._listener.generate(heard, str(folder), 0, None)
        scene = _theirs("generate_facerender_batch").get_facerender_data(
            moves, picture, shape, speech, 1, still_mode=True, preprocess=_MODE, size=self.size
        )
        expressions = scene["target_semantics_list"][0]
        self._scene = (scene["source_image"], scene["source_semantics"], expressions)
        return len(expressions)

    def frames(self, first: int, count: int) -> bytes:
        """Some frames of the scene, RGB; only these are on the device."""
        import numpy as np

        assert self._scene is not None, "prepare() comes before frames()"  # noqa: S101
        picture, at_rest, expressions = self._scene
        wanted = expressions[first : first + count]
        copies = [0] * len(wanted)
        drawn = _theirs("facerender.modules.make_animation").make_animation(
            *(given[copies].to(self._device) for given in (picture, at_rest)),
            wanted[:, None].to(self._device),
            self._painter.generator,
            self._painter.kp_extractor,
            None,
            self._painter.mapping,
        )
        planes = np.clip(drawn.cpu().numpy()[:, 0], 0, 1).transpose(0, 2, 3, 1)
        return bytes(np.rint(planes * 255).astype(np.uint8).tobytes())


def _theirs(module: str) -> Any:
    return importlib.import_module(f"src.{module}")


def _seed(seed: int) -> None:
    """Blinks are drawn from `random`, poses from torch; SadTalker seeds neither, nor numpy."""
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed % 2**63)

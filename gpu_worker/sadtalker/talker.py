"""Draw a scene with SadTalker's three models, which are loaded once.

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
"""Files in the folder of a scene. SadTalker writes its coefficients beside them, and reads
landmarks of this name as its own earlier result."""
_MODE: Final = "full"
"""Its mode for faces that are put back into a picture: the head keeps its place."""


class Talker:
    """The loaded models and their current scene."""

    def __init__(self, checkout: Checkout) -> None:
        compat.patch_upstream()
        torch_device.make_deterministic()
        self.size = checkout.size
        self._device = torch_device.name()
        paths = _upstream("utils.init_path").init_path(
            str(checkout.checkpoints),
            str(checkout.home / "src" / "config"),
            self.size,
            False,
            _MODE,
        )
        self._extractor = _upstream("utils.preprocess").CropAndExtract(paths, self._device)
        self._audio_model = _upstream("test_audio2coeff").Audio2Coeff(paths, self._device)
        self._renderer = _upstream("facerender.animate").AnimateFromCoeff(paths, self._device)
        self._renderer.he_estimator = None  # for training only: saves 0.2 GB
        self._scene: tuple[Any, Any, Any] | None = None

    def prepare(self, folder: Path, seed: int) -> int:
        """Analyse the speech of a scene; return the number of frames."""
        self._scene = None  # free its memory first
        _seed(seed)
        face, speech = str(folder / FACE), str(folder / SPEECH)
        # No face is detected: the landmarks beside the picture are used.
        shape, picture, _ = self._extractor.generate(
            face, str(folder), "resize", source_image_flag=True, pic_size=self.size
        )
        coefficients = _upstream("generate_batch").get_data(
            shape, speech, self._device, None, still=True
        )
        moves = self._audio_model.generate(coefficients, str(folder), 0, None)
        scene = _upstream("generate_facerender_batch").get_facerender_data(
            moves, picture, shape, speech, 1, still_mode=True, preprocess=_MODE, size=self.size
        )
        expressions = scene["target_semantics_list"][0]
        self._scene = (scene["source_image"], scene["source_semantics"], expressions)
        return len(expressions)

    def frames(self, first: int, count: int) -> bytes:
        """Draw some frames of the scene in RGB; only these are on the device."""
        import numpy as np

        assert self._scene is not None, "prepare() comes before frames()"  # noqa: S101
        picture, at_rest, expressions = self._scene
        wanted = expressions[first : first + count]
        copies = [0] * len(wanted)
        drawn = _upstream("facerender.modules.make_animation").make_animation(
            *(given[copies].to(self._device) for given in (picture, at_rest)),
            wanted[:, None].to(self._device),
            self._renderer.generator,
            self._renderer.kp_extractor,
            None,
            self._renderer.mapping,
        )
        planes = np.clip(drawn.cpu().numpy()[:, 0], 0, 1).transpose(0, 2, 3, 1)
        return bytes(np.rint(planes * 255).astype(np.uint8).tobytes())


def _upstream(module: str) -> Any:
    return importlib.import_module(f"src.{module}")


def _seed(seed: int) -> None:
    """Seed `random` (blinks), torch (poses) and numpy, which SadTalker does not."""
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed % 2**63)

"""The functions and classes of SadTalker that we call, with their arguments and their results."""

from __future__ import annotations

import os
import random
import signal
import wave
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.gpu_worker.engines.fake_sadtalker.no_torch import Tensor

RADIUS = 13


def POS(_points: Any, _model: Any) -> tuple[Any, Any]:
    return np.zeros((2, 1)), np.ones(1)


def init_path(checkpoints: str, config: str, size: int, old: bool, preprocess: str) -> Any:
    assert preprocess == "full"
    return {"checkpoint": f"{checkpoints}/SadTalker_V0.0.2_{size}.safetensors"}


class CropAndExtract:
    def __init__(self, paths: Any, device: str) -> None:
        assert Path(paths["checkpoint"]).is_file()

    def generate(
        self, picture: str, folder: str, mode: str, source_image_flag: bool, pic_size: int
    ) -> tuple[str, str, Any]:
        from src.face3d.util import preprocess

        assert mode == "resize"
        assert preprocess.POS(None, None)[0].shape == (2,)  # as `align_img` needs it
        landmarks = np.loadtxt(Path(folder) / "face_landmarks.txt").reshape(-1, 2)
        assert cv2.imread(picture).shape == (pic_size, pic_size, 3)
        assert ((landmarks > 0) & (landmarks < pic_size)).all()
        return f"{folder}/face.mat", picture, None


def get_data(shape: str, speech: str, device: str, eyes: Any, still: bool) -> Any:
    with wave.open(speech) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    count = int(len(samples) / rate * 25)
    parts = np.array_split(np.abs(samples[: count * rate // 25]), count)
    return {"loud": np.array([part.max() for part in parts]), "spot": random.randrange(256)}


class Audio2Coeff:
    def __init__(self, paths: Any, device: str) -> None: ...

    def generate(self, heard: Any, folder: str, pose: int, reference: Any) -> str:
        if _fault() == "raise":
            raise "no coefficients"  # type: ignore[misc]  # noqa: B016  as SadTalker does
        values = np.stack([heard["loud"], np.full_like(heard["loud"], heard["spot"] / 255)], 1)
        np.save(f"{folder}/moves.npy", values)
        return f"{folder}/moves.npy"


def get_facerender_data(
    moves: str,
    picture: str,
    shape: str,
    speech: str,
    batch: int,
    *,
    still_mode: bool,
    preprocess: str,
    size: int,
) -> Any:
    assert (batch, still_mode, preprocess) == (1, True, "full")
    rgb = cv2.cvtColor(cv2.imread(picture), cv2.COLOR_BGR2RGB) / 255
    mouth = np.loadtxt(Path(shape).with_name("face_landmarks.txt")).reshape(-1, 2)[3:].mean(axis=0)
    per_frame = np.load(moves)
    per_frame = np.hstack([per_frame, np.tile(mouth, (len(per_frame), 1))])
    values = np.repeat(per_frame[:, :, None], 2 * RADIUS + 1, axis=2)
    return {
        "source_image": rgb.transpose(2, 0, 1)[None].view(Tensor),
        "source_semantics": values[:1].view(Tensor),
        "target_semantics_list": values[None].view(Tensor),
    }


class AnimateFromCoeff:
    def __init__(self, paths: Any, device: str) -> None:
        self.generator = self.kp_extractor = self.he_estimator = self.mapping = None


def make_animation(pictures: Any, at_rest: Any, moves: Any, *networks: Any) -> Any:
    what, _, how_many = _fault().partition(":")
    if what == "die":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "memory" and len(pictures) > int(how_many):
        raise RuntimeError("CUDA out of memory. Tried to allocate 4 GiB")
    drawn = np.repeat(pictures[:, None], moves.shape[1], axis=1).copy()
    size = drawn.shape[-1]
    for number, (loud, spot, x, y) in enumerate(moves[:, 0, :, RADIUS]):
        opened, wide = 1 + round(float(loud) * size / 8), size // 10
        mouth = slice(round(y) - opened, round(y) + opened + 1)
        drawn[number, :, :, mouth, round(x) - wide : round(x) + wide] = 0
        drawn[number, :, :, size // 4 : size // 4 + 4, size // 2 - 2 : size // 2 + 2] = spot
    return drawn


def _fault() -> str:
    file = Path("fault")  # in the checkout: it is the directory that this works in
    return file.read_text() if file.is_file() else ""

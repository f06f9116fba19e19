"""Clips with and without a watermark: the camera or things move, the mark stands still."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from gpu_worker.media import ffmpeg
from tests.gpu_worker.samples.shows import PHOTOS, SIZE, Show, View

RATE = 6
WORDS = ("KlingAI", "veo", "Sora", "PIXVERSE", "MadeBy.ai", "SAMPLE")
_MOVES = ("pan", "zoom", "hand", "things", "still")


def _move(seed: int) -> str:
    chance = np.random.default_rng(seed)
    return str(chance.choice(_MOVES, p=(0.35, 0.2, 0.2, 0.15, 0.1)))


def moves(seed: int) -> bool:
    """Whether the picture of a clip moves: a mark cannot be told from a picture that does not."""
    return _move(seed) != "still"


def clip(seed: int) -> list[Any]:
    """Five seconds of a photograph, seen by a camera that moves in one of several ways."""
    move, chance = _move(seed), np.random.default_rng(seed + 1)
    pan = float(chance.choice((-1, 1)) * chance.uniform(0.03, 0.1))
    pans = move in ("pan", "things")
    across, down = (pan, float(chance.uniform(-0.05, 0.05))) if pans else (0.0, 0.0)
    view = View(
        photo=int(chance.integers(len(PHOTOS))),
        seconds=5.0,
        at=(0.5 - 2.5 * across, 0.5 - 2.5 * down),  # so that it does not stop at an edge
        pan=(across, down),
        width=float(chance.uniform(0.4, 0.7)),
        zoom=float(chance.choice((-1, 1)) * chance.uniform(0.06, 0.14)) if move == "zoom" else 0.0,
        jitter=0.008 if move == "hand" else 0.0,
        things=3 if move == "things" else 0,
    )
    return list(Show((view,), (), RATE, SIZE).frames(seed))


def with_mark(frames: Sequence[Any], seed: int) -> list[Any]:
    """Add a word, a sign or both, at an edge or in the middle, so that a viewer can see it."""
    chance = np.random.default_rng(seed + 10_000)
    height, width = frames[0].shape[:2]
    layer = np.zeros((height, width), np.float32)
    kind, word = chance.choice(("text", "sign", "both")), str(chance.choice(WORDS))
    scale, radius = float(chance.uniform(0.5, 0.95)), int(chance.uniform(10, 20))
    font = cv2.FONT_HERSHEY_SIMPLEX
    (long, high), _ = cv2.getTextSize(word, font, scale, 2)
    wide = {"text": long, "sign": 2 * radius, "both": long + 2 * radius + 6}[str(kind)]
    high = max(high, 2 * radius)
    x = int(chance.choice((8, max(8, width - wide - 10), (width - wide) // 2)))
    y = int(chance.choice((8, height - high - 12, (height - high) // 2)))
    if kind != "text":
        cv2.circle(layer, (x + radius, y + radius), radius, 1.0, 2, cv2.LINE_AA)
        cv2.line(layer, (x + radius - 5, y + radius - 5), (x + radius + 6, y + radius + 3), 1.0, 2)
    if kind != "sign":
        left = x + (2 * radius + 6 if kind == "both" else 0)
        cv2.putText(layer, word, (left, y + high - 3), font, scale, 1.0, 2, cv2.LINE_AA)
    strength = float(chance.uniform(0.45, 0.9))
    under = np.mean([frame[y : y + high, x : x + wide].mean() for frame in frames])
    colour = 20.0 if under > 140 else 240.0
    alpha = strength * layer[..., None]
    return [(frame * (1 - alpha) + colour * alpha).astype(np.uint8) for frame in frames]


def greys(frames: Sequence[Any]) -> Any:
    """Return the frames as a decoder would: grey, and not quite as they were."""
    found = []
    for frame in frames:
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        _, packed = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 75])
        found.append(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE))
    return np.stack(found)


def film(frames: Sequence[Any], target: Path) -> Path:
    """Encode the frames as a provider would."""
    height, width = frames[0].shape[:2]
    command = [ffmpeg.executable(), *ffmpeg.QUIET, "-v", "error", "-f", "rawvideo"]
    command += ["-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(RATE), "-i", "pipe:0"]
    command += ["-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p", str(target)]
    pictures = b"".join(frame.tobytes() for frame in frames)
    subprocess.run(command, input=pictures, check=True, capture_output=True)
    return target

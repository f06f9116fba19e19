"""A video model with random weights: a layer that turns the prompt and the time into colours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from gpu_worker.open_weights.film import Film, Make, Order, Progress

RATE: Final = 8.0
SMALLER: Final = 20
"""The model makes pictures so many times smaller than it is asked for."""


def load(config: Mapping[str, Any]) -> Make:
    """Draw the weights by the seed of the configuration."""
    weights = np.random.default_rng(config.get("seed", 1)).normal(size=(6 * 6 * 3, 17))

    def make(order: Order, progress: Progress) -> Film:
        width, height = order.width // SMALLER // 6 * 6, order.height // SMALLER // 6 * 6
        count = round(order.seconds * RATE)
        words = hashlib.md5(order.prompt.encode() + (order.picture or b"")).digest()
        meaning = np.frombuffer(words, np.uint8) / 255 - 0.5

        def frames() -> Iterator[bytes]:
            for n in range(count):
                progress(n / count)
                latent = np.tanh(weights @ np.append(meaning, n / count)).reshape(6, 6, 3)
                picture = np.kron(latent, np.ones((height // 6, width // 6, 1)))
                yield ((picture + 1) * 127).astype(np.uint8).tobytes()

        return Film(width, height, RATE, frames())

    return make

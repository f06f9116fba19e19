"""The WORLD vocoder: split a voice into pitch, spectrum and breath, and join them again."""

from __future__ import annotations

import importlib.machinery
import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpu_worker.speech.pitch import tracked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gpu_worker.speech.loudness import Samples

    Frames = NDArray[np.float64]

PACKAGE = "pyworld"


@dataclass(frozen=True, slots=True)
class Voice:
    """Frames of 5 ms: pitch in Hz (0 where unvoiced), power spectrum, aperiodicity."""

    pitch: Frames
    spectrum: Frames
    breath: Frames
    rate: int


def taken_apart(samples: Samples, rate: int) -> Voice:
    """Analyse a voice."""
    import numpy as np

    world, sound = _world(), samples.astype(np.float64)
    pitch, times = tracked(samples, rate)
    spectrum = world.cheaptrick(sound, pitch, times, rate)
    return Voice(pitch, spectrum, world.d4c(sound, pitch, times, rate), rate)


def put_together(voice: Voice, length: int) -> Samples:
    """Return exactly `length` samples of the voice."""
    import numpy as np

    sound = _world().synthesize(voice.pitch, voice.spectrum, voice.breath, voice.rate)
    whole: Samples = np.zeros(length, np.float32)
    whole[: len(sound)] = sound[:length]
    return whole


@cache
def _world() -> Any:
    """Import only the extension module of the package.

    Its `__init__` asks the retired `pkg_resources` for nothing but a version number,
    and so fails beside any present-day setuptools.
    """
    package = importlib.util.find_spec(PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError(PACKAGE)
    folder = Path(package.submodule_search_locations[0])
    name = f"{PACKAGE}.{PACKAGE}"
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        file = folder / f"{PACKAGE}{suffix}"
        if file.is_file():
            loader = importlib.machinery.ExtensionFileLoader(name, str(file))
            module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))  # type: ignore[arg-type]
            loader.exec_module(module)
            return module
    raise ModuleNotFoundError(name)

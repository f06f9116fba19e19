"""Load XTTS with `coqui-tts` from files that are already here, so that it downloads nothing.

Importing it takes ten seconds, so everything here does so inside functions.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path
from typing import Any


def loaded(folder: Path) -> Any:
    """Return the model of a folder, ready to speak, on the device of the settings."""
    _torchaudio_without_extension()
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import Xtts

    from gpu_worker.models import torch_device

    config = XttsConfig()
    config.load_json(str(folder / "config.json"))
    model = Xtts(config)
    model._load_checkpoint = _weights
    model.load_checkpoint(config, checkpoint_dir=str(folder), eval=True, use_deepspeed=_deepspeed())
    model.to(torch_device.device())
    model.train(mode=False)  # its own `eval` would rebuild the generator without DeepSpeed
    return model


def _deepspeed() -> bool:
    from gpu_worker.models import torch_device

    return torch_device.name() == "cuda" and importlib.util.find_spec("deepspeed") is not None


def _weights(path: Path) -> Any:
    """Load the weights; upstream's loader would rewrite the published file with another hash."""
    import torch
    from TTS.tts.models import xtts

    with xtts._legacy_safe_globals():  # the file has a configuration in it, by its old name
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)["model"]


def _torchaudio_without_extension() -> None:
    """Import torchaudio without its compiled part, which needs CUDA; XTTS uses only its Python.

    On a CPU build of torch the import of that part fails, so there it gets an empty one.
    """
    import torch

    if torch.version.cuda is not None or "torchaudio._extension" in sys.modules:
        return
    stub: Any = types.ModuleType("torchaudio._extension")
    stub._IS_TORCHAUDIO_EXT_AVAILABLE = False
    stub._IS_ALIGN_AVAILABLE = False
    stub._check_cuda_version = lambda: None
    stub.fail_if_no_align = lambda function: function
    sys.modules["torchaudio._extension"] = stub

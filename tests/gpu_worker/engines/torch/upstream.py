"""The `realesrgan` package itself, as a measure of ours: its networks, its restorer, its loop.

It does not import on today's torch: its chain asks for a torchvision of before 0.17 and for a
compiler. What it imports and never calls is stood in for while it is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from gpu_worker.engines.enhance import weights
from gpu_worker.media import ffmpeg
from gpu_worker.models import torch_device

_FOUND = importlib.util.find_spec("realesrgan")
_PLACE = Path(_FOUND.origin).parents[1] if _FOUND and _FOUND.origin else Path()
HERE: Final = _FOUND is not None
needed = pytest.mark.skipif(not HERE, reason="the realesrgan package is not here")

_BARE: Final = ("basicsr", "basicsr.archs", "basicsr.utils", "realesrgan", "realesrgan.archs")
"""Packages whose own start would import all that they have."""
_NEVER_CALLED: Final = {
    "basicsr.ops.dcn": ("ModulatedDeformConvPack", "modulated_deform_conv"),
    "basicsr.utils": ("get_root_logger",),
    "basicsr.utils.download_util": ("load_file_from_url",),
    "distutils.version": ("LooseVersion",),
    "torchvision": (),
}


def restorer(name: str, folder: Path, *, half: bool) -> Any:
    """Their `RealESRGANer` around their network, with the weights that ours has."""
    import torch

    from gpu_worker.engines.enhance.torch_layers import network

    place = weights.folder() or Path()
    ours = network(place / f"{name}.param", place / f"{name}.bin").state_dict()
    with _stood_in():
        utils = importlib.import_module("realesrgan.utils")
        theirs = _network(name)
    # Both are declared in the order in which they work.
    values = dict(zip(theirs.state_dict(), ours.values(), strict=True))
    file = folder / f"{name}.pth"
    torch.save({"params": values}, file)
    return utils.RealESRGANer(
        scale=4,
        model_path=str(file),
        model=theirs,
        tile=0,
        pre_pad=0,
        half=half,
        device=torch_device.device(),
    )


def enhance(made: Any, source: Path, target: Path, given: str, wanted: tuple[int, int]) -> int:
    """A video as their script does it: read a frame, enhance it, write it, and so on."""
    width, height = map(int, given.split("x"))
    raw, size = ("-f", "rawvideo", "-pix_fmt", "bgr24"), f"{wanted[0]}x{wanted[1]}"
    program = [ffmpeg.executable(), *ffmpeg.QUIET, "-v", "error"]
    reading = [*program, "-i", str(source), *raw, "-"]
    writing = [*program, *raw, "-s", size, "-r", "25", "-i", "-"]
    writing += ["-c:v", "libx264", "-pix_fmt", "yuv420p", str(target)]
    count = 0
    with (
        subprocess.Popen(reading, stdout=subprocess.PIPE) as reader,
        subprocess.Popen(writing, stdin=subprocess.PIPE) as writer,
    ):
        assert reader.stdout is not None
        assert writer.stdin is not None
        while held := reader.stdout.read(width * height * 3):
            frame = np.frombuffer(held, np.uint8).reshape(height, width, 3)
            larger, _ = made.enhance(frame, outscale=wanted[0] / width)
            writer.stdin.write(larger.tobytes())
            count += 1
        writer.stdin.close()
    return count


def _network(name: str) -> Any:
    if name == weights.VIDEO:
        compact = importlib.import_module("realesrgan.archs.srvgg_arch").SRVGGNetCompact
        return compact(num_in_ch=3, num_out_ch=3, num_feat=64, num_conv=16, upscale=4)
    deep = importlib.import_module("basicsr.archs.rrdbnet_arch").RRDBNet
    return deep(num_in_ch=3, num_out_ch=3, scale=4, num_feat=64, num_block=23)


@contextmanager
def _stood_in() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in _BARE:
            package: Any = types.ModuleType(name)
            package.__path__ = [str(_PLACE / name.replace(".", "/"))]
            patch.setitem(sys.modules, name, package)
        for name, contents in _NEVER_CALLED.items():
            module = sys.modules.get(name) or types.ModuleType(name)
            for content in contents:
                patch.setattr(module, content, object, raising=False)  # some are built upon
            patch.setitem(sys.modules, name, module)
        yield

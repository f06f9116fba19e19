"""How an enhanced video is encoded: by the GPU's own encoder where it works, else by x264."""

from __future__ import annotations

import subprocess
from functools import cache
from typing import Final

from gpu_worker.engines.enhance import plain
from gpu_worker.media import ffmpeg
from gpu_worker.models.devices import device_name

NVENC, X264 = "h264_nvenc", "libx264"
ARGUMENTS: Final = {
    NVENC: ("-c:v", NVENC, "-preset", "p4", "-rc", "constqp", "-qp", "14", "-pix_fmt", "yuv420p"),
    X264: plain.INTERMEDIATE,
}
"""Both without visible loss."""


@cache
def best() -> str:
    """Found out by encoding a frame: a build may have the encoder and a driver may not."""
    if device_name() == "cpu":
        return X264
    frame = ("-f", "lavfi", "-i", "color=size=256x256:rate=25", "-frames:v", "1")
    tried = subprocess.run(  # noqa: S603  our own command
        [ffmpeg.executable(), *ffmpeg.QUIET, *frame, *ARGUMENTS[NVENC], "-f", "null", "-"],
        capture_output=True,
        timeout=30,
        check=False,
    )
    return NVENC if tried.returncode == 0 else X264

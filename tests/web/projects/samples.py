"""Sample videos of tests, made by ffmpeg."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from gpu_worker.media import ffmpeg


def run(*arguments: str) -> None:
    """Run ffmpeg, and raise with its log if it fails."""
    command = [ffmpeg.executable(), "-hide_banner", "-loglevel", "error", "-y", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def made(*arguments: str, ending: str = ".mp4") -> bytes:
    """Return the file that ffmpeg makes with these arguments."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / f"made{ending}"
        run(*arguments, str(path))
        return path.read_bytes()


def source(colour: str, seconds: float, size: str = "90x160") -> list[str]:
    """Return an input of ffmpeg: a moving test picture of one colour."""
    return [
        *("-f", "lavfi", "-i"),
        f"color={colour}:s={size}:r=25:d={seconds},noise=alls=4:allf=t",
    ]


@cache
def two_shots() -> bytes:
    """A sample of two shots with a hard cut, and a tone."""
    return made(
        *("-f", "lavfi", "-i", "testsrc2=s=180x320:r=25:d=2.5"),
        *source("orange", 2.5, "180x320"),
        *("-f", "lavfi", "-i", "sine=220:d=5"),
        *("-filter_complex", "[0:v][1:v]concat=n=2:v=1:a=0[v]", "-map", "[v]", "-map", "2:a"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "30", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", "-shortest"),
    )

"""A video through a network, frame by frame: decoded, enhanced and encoded at once, no files."""

from __future__ import annotations

import math
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING

from gpu_worker import ffmpeg, streams
from gpu_worker.engines.enhance import plain
from gpu_worker.engines.enhance.still import canvas, resized, to_bytes
from gpu_worker.processes import child

if TYPE_CHECKING:
    from PIL.Image import Image

    from gpu_worker.engines.enhance.network import Network

_RAW = ("-f", "rawvideo", "-pix_fmt", "rgb24")


def enhance(
    source: Path,
    target: Path,
    size: tuple[int, int],
    network: Network,
    *,
    pixels: int,
    blend: float,
    check: Callable[[], None],
    on_frame: Callable[[float], None],
) -> int:
    """Write `source` enhanced to `target` and return how many frames it has."""
    found = streams.video(source)
    count = 0
    with _writer(target, size, found.frame_rate) as sink:
        for frame in _frames(source, (found.width, found.height)):
            made = _enhanced(frame, size, network, pixels=pixels, blend=blend, check=check)
            sink.write(made.tobytes())
            count += 1
            on_frame(min(1.0, count / found.packets))
    return count


def _enhanced(
    frame: Image,
    size: tuple[int, int],
    network: Network,
    *,
    pixels: int,
    blend: float,
    check: Callable[[], None],
) -> Image:
    import numpy as np
    from PIL import Image

    factor = min(1.0, math.sqrt(pixels / (frame.width * frame.height)))
    seen = frame
    if factor < 1.0:
        smaller = (round(frame.width * factor), round(frame.height * factor))
        seen = frame.resize(smaller, Image.Resampling.LANCZOS)
    made = resized(network.upscale(np.asarray(seen, np.float32) / 255.0, check), size)
    below = np.asarray(canvas(frame, size), np.float32) / 255.0
    return Image.fromarray(to_bytes(below + blend * (made - below)))


def _frames(source: Path, size: tuple[int, int]) -> Iterator[Image]:
    from PIL import Image

    length = size[0] * size[1] * 3
    command = [ffmpeg.executable(), *ffmpeg.QUIET, "-i", str(source), *_RAW, "-"]
    with tempfile.TemporaryFile() as said, child(command, stderr=said) as process:
        assert process.stdout is not None  # noqa: S101  child() opens it
        while len(raw := process.stdout.read(length)) == length:
            yield Image.frombytes("RGB", size, raw)
        _ended(process, said)


@contextmanager
def _writer(target: Path, size: tuple[int, int], rate: Fraction) -> Iterator[IO[bytes]]:
    command = [ffmpeg.executable(), *ffmpeg.QUIET, *_RAW, "-s", f"{size[0]}x{size[1]}"]
    command += ["-r", str(rate), "-i", "-", "-vf", plain.TAGGED, *plain.INTERMEDIATE, str(target)]
    with (
        tempfile.TemporaryFile() as said,
        child(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said) as process,
    ):
        assert process.stdin is not None  # noqa: S101  child() opens it
        try:
            yield process.stdin
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended before its input: the reason is in what it said
        _ended(process, said)


def _ended(process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
    code = process.wait(timeout=60)
    if code != 0:
        said.seek(0)
        raise ffmpeg.failure(code, said.read().decode("utf-8", "replace"))

"""Encode frames to an MP4 while the next ones are painted: a thread feeds ffmpeg."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Literal, Self

from gpu_worker.media.ffmpeg import executable
from gpu_worker.subprocesses import child
from tasks.domain.errors import EngineBroken

QUEUED_FRAMES = 6
"""Frames between painter and encoder: enough to hide delays, too few to fill memory."""

NEARLY_NONE = 12
"""The loss (x264's `crf`) of a video between stages."""

Size = tuple[int, int]
Pixels = Literal["yuv420p", "rgb24", "rgb48le"]


def encode_command(
    size: Size,
    fps: int,
    target: Path,
    pixels: Pixels = "yuv420p",
    *,
    drawn: Size | None = None,
    loss: int = NEARLY_NONE,
) -> list[str]:
    """Return the command that encodes raw frames to an MP4 of little loss in little time.

    Frames that are `drawn` smaller are enlarged; with 16 bits a colour, soft ones show no bands.
    """
    width, height = drawn or size
    shape = f"{size[0]}:{size[1]}:flags=bicubic:"
    scaled = f"scale={shape}out_color_matrix=bt709:out_range=tv"
    mixed = [] if pixels == "yuv420p" else ["-vf", scaled]
    colour = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    return [
        *(executable(), "-v", "error", "-nostdin", "-y"),
        *("-f", "rawvideo", "-pix_fmt", pixels, "-s", f"{width}x{height}"),
        *("-r", str(fps), "-i", "pipe:0", "-an", *mixed),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", str(loss), "-threads", "2"),
        *("-pix_fmt", "yuv420p", "-color_range", "tv", *colour),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"),
        *("-movflags", "+faststart", str(target)),
    ]


class _Feeder(threading.Thread):
    """Writes frames to a pipe; a broken pipe ends it, and the exit code of ffmpeg says why."""

    def __init__(self, pipe: IO[bytes]) -> None:
        super().__init__(daemon=True, name="frames")
        self._pipe = pipe
        self._frames: queue.Queue[bytes | None] = queue.Queue(QUEUED_FRAMES)
        self.broken = threading.Event()

    def run(self) -> None:
        try:
            while (frame := self._frames.get()) is not None:
                self._pipe.write(frame)
            self._pipe.close()
        except (OSError, ValueError):
            self.broken.set()

    def put(self, frame: bytes | None) -> None:
        """Queue a frame; wait for space while the encoder is running."""
        while not self.broken.is_set():
            try:
                self._frames.put(frame, timeout=0.5)
            except queue.Full:
                continue
            return


class Encoder:
    """Takes frames in order until `finish`; a block that is left before that kills ffmpeg."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None  # noqa: S101
        self._process = process
        self._feeder = _Feeder(process.stdin)
        self._feeder.start()

    def add(self, frame: bytes) -> None:
        self._feeder.put(frame)
        if self._feeder.broken.is_set():
            raise EngineBroken(exit_code=self._process.wait(10))

    def finish(self) -> int:
        """Wait until the last frame is written; return the exit code of ffmpeg."""
        self._feeder.put(None)
        self._feeder.join()
        return self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._feeder.is_alive():
            self._process.kill()  # its broken pipe ends a thread that waits to write
            self.finish()


@contextmanager
def encoding(
    size: Size,
    fps: int,
    target: Path,
    pixels: Pixels = "yuv420p",
    *,
    drawn: Size | None = None,
    loss: int = NEARLY_NONE,
) -> Iterator[Encoder]:
    """Open an encoder; leaving the block early kills ffmpeg."""
    with TemporaryFile() as errors:
        with (
            child(
                encode_command(size, fps, target, pixels, drawn=drawn, loss=loss),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            ) as process,
            Encoder(process) as encoder,
        ):
            yield encoder
            code = encoder.finish()
        if code:
            errors.seek(0)
            raise EngineBroken(exit_code=code, said=errors.read(2000).decode(errors="replace"))

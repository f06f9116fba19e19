"""Frames into an mp4 while the next ones are painted: a thread feeds ffmpeg's pipe."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Literal

from gpu_worker.media.ffmpeg import executable
from gpu_worker.subprocesses import child
from tasks.domain.errors import EngineBroken

WAITING = 6
"""Frames between painter and encoder: enough to smooth, too few to fill memory."""


Pixels = Literal["yuv420p", "rgb24"]


def encode_command(
    size: tuple[int, int], fps: int, target: Path, pixels: Pixels = "yuv420p"
) -> list[str]:
    """Raw frames in, a nearly lossless mp4 out that costs little time to write and to read."""
    mixed = ["-vf", "scale=out_color_matrix=bt709:out_range=tv"] if pixels == "rgb24" else []
    colour = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    return [
        *(executable(), "-v", "error", "-nostdin", "-y"),
        *("-f", "rawvideo", "-pix_fmt", pixels, "-s", f"{size[0]}x{size[1]}"),
        *("-r", str(fps), "-i", "pipe:0", "-an", *mixed),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-threads", "2"),
        *("-pix_fmt", "yuv420p", "-color_range", "tv", *colour),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"),
        *("-movflags", "+faststart", str(target)),
    ]


class _Feeder(threading.Thread):
    """Writes what it is given to a pipe; a broken pipe ends it quietly, the exit code tells why."""

    def __init__(self, pipe: IO[bytes]) -> None:
        super().__init__(daemon=True, name="frames")
        self._pipe = pipe
        self._frames: queue.Queue[bytes | None] = queue.Queue(WAITING)
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
    """Takes frames in order; the file is whole when the block is left."""

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
        """Wait for the last frame to be written; the exit code of ffmpeg."""
        self._feeder.put(None)
        self._feeder.join()
        return self._process.wait()


@contextmanager
def encoding(
    size: tuple[int, int], fps: int, target: Path, pixels: Pixels = "yuv420p"
) -> Iterator[Encoder]:
    """An encoder; leaving the block early kills ffmpeg and leaves no process behind."""
    with TemporaryFile() as words:
        with child(
            encode_command(size, fps, target, pixels),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=words,
        ) as process:
            encoder = Encoder(process)
            yield encoder
            code = encoder.finish()
        if code:
            words.seek(0)
            raise EngineBroken(exit_code=code, said=words.read(2000).decode(errors="replace"))

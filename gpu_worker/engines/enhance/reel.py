"""A video through a network in batches: decoding, computing and encoding at the same time.

Two threads hold an ffmpeg each and a queue of a few batches to the one that computes:
no picture is ever written to a disk, and memory is bounded by the queues.
"""

from __future__ import annotations

import queue
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gpu_worker.engines.enhance import plain
from gpu_worker.media import ffmpeg
from gpu_worker.subprocesses import child

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Frames = NDArray[np.uint8]

_RAW = ("-f", "rawvideo", "-pix_fmt", "rgb24")
_WAITING = 3
"""Batches between two threads: enough to hide a slow moment, little enough for any memory."""
_LOOK_AROUND = 0.1
_END = None


class _Over(Exception):
    """Another thread has failed or was stopped; its reason is the one that counts."""


@dataclass(frozen=True, slots=True)
class Reel:
    """Where frames come from and go to."""

    source: Path
    source_size: tuple[int, int]
    rate: Fraction
    target: Path
    target_size: tuple[int, int]
    coding: Sequence[str] = plain.INTERMEDIATE

    def run(
        self,
        batch: int,
        work: Callable[[Frames], Frames],
        check: Callable[[], None],
        on_frames: Callable[[int], None],
    ) -> int:
        """Pass all frames through `work`, a batch at a time; how many there were."""
        over = threading.Event()
        raw, made = _Belt(over), _Belt(over)
        with ThreadPoolExecutor(2, thread_name_prefix="reel") as threads:
            sides = (
                threads.submit(self._read, batch, raw),
                threads.submit(self._write, made),
            )

            def look() -> None:
                check()
                if any(side.done() and side.exception() for side in sides):
                    raise _Over

            try:
                done = 0
                while (frames := raw.take(look)) is not _END:
                    result = work(frames)
                    made.put(result, look)
                    done += len(result)
                    on_frames(done)
                made.put(_END, look)
                _finished(sides, look)
            except _Over:
                for side in sides:  # one of them has the reason
                    side.result(0)
                raise
            finally:
                over.set()
        return done

    def _read(self, batch: int, belt: _Belt) -> None:
        import numpy as np

        width, height = self.source_size
        length = width * height * 3
        command = [ffmpeg.executable(), *ffmpeg.QUIET, "-i", str(self.source), *_RAW, "-"]
        with tempfile.TemporaryFile() as said, child(command, stderr=said) as process:
            assert process.stdout is not None  # noqa: S101  child() opens it
            while held := process.stdout.read(length * batch):
                whole = len(held) // length
                if whole:
                    frames = np.frombuffer(held, np.uint8, whole * length)
                    belt.put(frames.reshape(whole, height, width, 3))
            _ended(process, said)
        belt.put(_END)

    def _write(self, belt: _Belt) -> None:
        width, height = self.target_size
        command = [ffmpeg.executable(), *ffmpeg.QUIET, *_RAW, "-s", f"{width}x{height}"]
        command += ["-r", str(self.rate), "-i", "-", "-vf", plain.TAGGED, *self.coding]
        with (
            tempfile.TemporaryFile() as said,
            child(
                [*command, str(self.target)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
            ) as process,
        ):
            assert process.stdin is not None  # noqa: S101  child() opens it
            try:
                while (frames := belt.take()) is not _END:
                    process.stdin.write(frames.data)
                process.stdin.close()
            except BrokenPipeError:
                pass  # it has ended before its input: the reason is in what it said
            _ended(process, said)


class _Belt:
    """A short queue whose waits end when the work is over."""

    def __init__(self, over: threading.Event) -> None:
        self._over = over
        self._items: queue.Queue[Any] = queue.Queue(_WAITING)

    def put(self, item: Any, look: Callable[[], None] | None = None) -> None:
        while True:
            try:
                return self._items.put(item, timeout=_LOOK_AROUND)
            except queue.Full:
                (look or self._give_up)()

    def take(self, look: Callable[[], None] | None = None) -> Any:
        while True:
            try:
                return self._items.get(timeout=_LOOK_AROUND)
            except queue.Empty:
                (look or self._give_up)()

    def _give_up(self) -> None:
        if self._over.is_set():
            raise _Over


def _finished(sides: Sequence[Future[None]], look: Callable[[], None]) -> None:
    while wait(sides, _LOOK_AROUND, FIRST_EXCEPTION).not_done:
        look()
    look()


def _ended(process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
    code = process.wait(timeout=60)
    if code != 0:
        said.seek(0)
        raise ffmpeg.failure(code, said.read().decode("utf-8", "replace"))

"""Process a video in batches: decode, compute and encode at the same time.

Two threads each run an ffmpeg, and exchange batches with the computing thread through short queues:
no picture is written to disk, and the queues limit the memory.
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
_QUEUED_BATCHES = 3
"""Batches between two threads: enough to hide delays, few enough for any memory."""
_CHECK_SECONDS = 0.1
_END = None


class _Stopped(Exception):
    """Another thread has failed or was stopped; its exception has the reason."""


@dataclass(frozen=True, slots=True)
class Reel:
    """The source and the target of frames."""

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
        """Pass all frames through `work` in batches; return their number."""
        stopped = threading.Event()
        raw, made = _Batches(stopped), _Batches(stopped)
        with ThreadPoolExecutor(2, thread_name_prefix="reel") as threads:
            sides = (
                threads.submit(self._read, batch, raw),
                threads.submit(self._write, made),
            )

            def watch() -> None:
                check()
                if any(side.done() and side.exception() for side in sides):
                    raise _Stopped

            try:
                done = 0
                while (frames := raw.take(watch)) is not _END:
                    result = work(frames)
                    made.put(result, watch)
                    done += len(result)
                    on_frames(done)
                made.put(_END, watch)
                _wait_for(sides, watch)
            except _Stopped:
                for side in sides:  # one of them has the reason
                    side.result(0)
                raise
            finally:
                stopped.set()
        return done

    def _read(self, batch: int, batches: _Batches) -> None:
        import numpy as np

        width, height = self.source_size
        length = width * height * 3
        command = [ffmpeg.executable(), *ffmpeg.QUIET, "-i", str(self.source), *_RAW, "-"]
        with tempfile.TemporaryFile() as errors, child(command, stderr=errors) as process:
            assert process.stdout is not None  # noqa: S101  child() opens it
            while data := process.stdout.read(length * batch):
                whole = len(data) // length
                if whole:
                    frames = np.frombuffer(data, np.uint8, whole * length)
                    batches.put(frames.reshape(whole, height, width, 3))
            _check_exit(process, errors)
        batches.put(_END)

    def _write(self, batches: _Batches) -> None:
        width, height = self.target_size
        command = [ffmpeg.executable(), *ffmpeg.QUIET, *_RAW, "-s", f"{width}x{height}"]
        command += ["-r", str(self.rate), "-i", "-", "-vf", plain.TAGGED, *self.coding]
        with (
            tempfile.TemporaryFile() as errors,
            child(
                [*command, str(self.target)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            ) as process,
        ):
            assert process.stdin is not None  # noqa: S101  child() opens it
            try:
                while (frames := batches.take()) is not _END:
                    process.stdin.write(frames.data)
                process.stdin.close()
            except BrokenPipeError:
                pass  # it ended before its input did; its log has the reason
            _check_exit(process, errors)


class _Batches:
    """A short queue of batches whose waits end when the work is stopped."""

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped
        self._items: queue.Queue[Any] = queue.Queue(_QUEUED_BATCHES)

    def put(self, item: Any, watch: Callable[[], None] | None = None) -> None:
        while True:
            try:
                return self._items.put(item, timeout=_CHECK_SECONDS)
            except queue.Full:
                (watch or self._give_up)()

    def take(self, watch: Callable[[], None] | None = None) -> Any:
        while True:
            try:
                return self._items.get(timeout=_CHECK_SECONDS)
            except queue.Empty:
                (watch or self._give_up)()

    def _give_up(self) -> None:
        if self._stopped.is_set():
            raise _Stopped


def _wait_for(sides: Sequence[Future[None]], watch: Callable[[], None]) -> None:
    while wait(sides, _CHECK_SECONDS, FIRST_EXCEPTION).not_done:
        watch()
    watch()


def _check_exit(process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    code = process.wait(timeout=60)
    if code != 0:
        errors.seek(0)
        raise ffmpeg.failure(code, errors.read().decode("utf-8", "replace"))

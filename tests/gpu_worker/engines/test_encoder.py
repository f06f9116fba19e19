"""The encoder of frames, and what is left when its block ends early."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gpu_worker.media.encoder import encoding
from tasks.domain.errors import Cancelled

SIZE = (64, 64)
FRAME = bytes(64 * 64 * 3)


@pytest.mark.parametrize("frames", [0, 1, 50])
def test_a_block_that_is_left_early_leaves_no_thread(tmp_path: Path, frames: int) -> None:
    """A worker runs for weeks; each cancelled step would have kept a thread and its frames."""

    def cancelled() -> None:
        with encoding(SIZE, 25, tmp_path / "video.mp4", "rgb24") as encoder:
            for _ in range(frames):
                encoder.add(FRAME)
            raise Cancelled

    before = set(threading.enumerate())
    with pytest.raises(Cancelled):
        cancelled()
    assert set(threading.enumerate()) == before

"""Bounds the CPU seconds of one computation."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if the block takes more CPU of this thread than `seconds`.

    Other threads of the test process do not count, nor does a garbage collection, which
    passes over everything that earlier tests have left and takes up to a second.
    """
    gc.disable()
    began = time.thread_time()
    try:
        yield
        spent = time.thread_time() - began
    finally:
        gc.enable()
    assert spent < seconds, f"{spent:.2f} CPU seconds"

"""One module per target: `check(data)` raises if the code under test misbehaves on these bytes.

A target is independent of the fuzzer, so an ordinary test replays its corpus.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Final

NAMES: Final = ("captions", "events", "packets", "splitter", "tus", "uploads")
MOST_SECONDS: Final = 1.0
"""CPU seconds for one input: more counts as a hang."""


class Hang(AssertionError):
    """An input took more CPU than any request may."""


def load(name: str) -> Callable[[bytes], None]:
    """The check of this target, which also fails if it takes longer than `MOST_SECONDS`."""
    check: Callable[[bytes], None] = importlib.import_module(f"{__name__}.{name}").check

    def timed(data: bytes) -> None:
        began = time.process_time()
        check(data)
        seconds = time.process_time() - began
        if seconds > MOST_SECONDS:
            raise Hang(f"{name} took {seconds:.1f} s of CPU for {len(data)} bytes")

    return timed

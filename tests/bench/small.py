"""`--small`: a run of each step of a bench, to see that it works. Its figures mean nothing."""

from __future__ import annotations

import os
from typing import Final, TypeVar

IS_SMALL: Final = "BENCH_SMALL" in os.environ
"""Set by `tests/conftest.py`; processes of a bench inherit it."""

Size = TypeVar("Size")


def size(usual: Size, small: Size) -> Size:
    """Return how much of something a bench takes: in a small run just enough for every step."""
    return small if IS_SMALL else usual

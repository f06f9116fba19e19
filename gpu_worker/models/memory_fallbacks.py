"""Repeat work that ran out of memory with the engine's memory fallbacks.

A fallback changes how much memory an engine needs but not its output (half the batch, tiles
instead of whole pictures), so the content key stays the same. A smaller picture is another
result, and needs a new plan from the controller.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from gpu_worker.engine import Output
from tasks.domain.errors import StageOutOfMemory

log = logging.getLogger(__name__)

Fallbacks = tuple[str, ...]


class MemoryFallbacks:
    """The number of fallbacks each engine needed last, with which it starts the next time."""

    def __init__(self) -> None:
        self._levels: dict[tuple[str, str], int] = {}

    def run(
        self,
        name: tuple[str, str],
        known: Fallbacks,
        work: Callable[[Fallbacks], Output],
        make_room: Callable[[], None],
    ) -> Output:
        """Run the work with as few fallbacks as possible; raise if all of them fail."""
        while True:
            level = self._levels.get(name, 0)
            try:
                return work(known[:level])
            except Exception as error:
                if not out_of_memory(error):
                    raise
                name_of_error = type(error).__name__
            # The error referenced the frames of the failed run, and so its tensors. Outside of the
            # handler they are released, so closing models frees their memory.
            make_room()
            if level == len(known):
                raise StageOutOfMemory(stage=name[0], error=name_of_error)
            what = {"engine": "/".join(name), "fallback": known[level]}
            log.warning("engine ran out of memory, retrying", extra=what)
            self._levels[name] = level + 1


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error means out of memory, without importing torch."""
    if isinstance(error, MemoryError | StageOutOfMemory):
        return True
    named = type(error).__name__ == "OutOfMemoryError" or "out of memory" in str(error).lower()
    return named and isinstance(error, RuntimeError)  # a full Redis is not

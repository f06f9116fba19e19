"""Out of memory: the same work again with less, as long as the engine knows how.

What an engine declares as its savings changes what it needs and not what it makes (half
the batch, tiles instead of whole pictures), so the result keeps its key. A smaller picture
is another result: that is a new plan, and control's to make.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from gpu_worker.engine import Output
from tasks.domain.errors import StageOutOfMemory

log = logging.getLogger(__name__)

Fallbacks = tuple[str, ...]


class MemoryFallbacks:
    """What each engine of this process had to save on last: it begins there the next time."""

    def __init__(self) -> None:
        self._levels: dict[tuple[str, str], int] = {}

    def run(
        self,
        name: tuple[str, str],
        known: Fallbacks,
        work: Callable[[Fallbacks], Output],
        make_room: Callable[[], None],
    ) -> Output:
        """The work with as few savings as it takes; raises when they are used up."""
        while True:
            level = self._levels.get(name, 0)
            try:
                return work(known[:level])
            except Exception as error:
                if not out_of_memory(error):
                    raise
                said = type(error).__name__
            # The error held the frames of the failed run, and they its tensors: out here they
            # are gone, and what is closed now is free.
            make_room()
            if level == len(known):
                raise StageOutOfMemory(stage=name[0], error=said)
            log.warning("%s/%s is out of memory: now with %s", *name, known[level])
            self._levels[name] = level + 1


def out_of_memory(error: BaseException) -> bool:
    """Whether that is what it says; torch is not imported to ask for its class."""
    if isinstance(error, MemoryError | StageOutOfMemory):
        return True
    named = type(error).__name__ == "OutOfMemoryError" or "out of memory" in str(error).lower()
    return named and isinstance(error, RuntimeError)  # a full Redis is none

"""The worker's side of the warm process: send a scene, receive faces."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gpu_worker.sadtalker.checkout import Checkout
from gpu_worker.sidecar import Sidecar
from tasks.domain.errors import EngineBroken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Check = Callable[[], None]


class WarmTalker:
    """A running SadTalker process; the constructor waits until its models are loaded."""

    def __init__(self, checkout: Checkout) -> None:
        command = [sys.executable, "-m", "gpu_worker.sadtalker"]
        command += [str(checkout.home), str(checkout.checkpoints)]
        # It has our import path, and SadTalker's `src` in its working directory.
        path = os.pathsep.join(filter(None, sys.path))
        environ = os.environ | {"PYTHONPATH": path, "TQDM_DISABLE": "1"}
        self._process = Sidecar(command, checkout.home, environ)
        try:
            ready, _ = self._process.answer(lambda: None)
        except BaseException:
            self.close()
            raise
        self.size = int(ready["size"])

    @property
    def alive(self) -> bool:
        return self._process.alive

    def close(self) -> None:
        self._process.close()

    def prepare(self, folder: Path, seed: int, count: int, check: Check) -> None:
        """Send a scene as the files that `talker` names; it must have at least `count` frames."""
        self._process.forget(check)
        self._process.ask(do="prepare", folder=str(folder), seed=seed)
        answer, _ = self._process.answer(check)
        if answer["frames"] < count:
            raise EngineBroken(frames=answer["frames"], expected=count)

    def faces(self, count: int, batch: int, check: Check) -> Iterator[NDArray[np.uint8]]:
        """Yield the faces of the scene; the next ones are drawn while these are used."""
        import numpy as np

        starts = range(0, count, batch)
        for ahead in starts[:2]:
            self._ask(ahead, min(batch, count - ahead))
        for start in starts:
            _, data = self._process.answer(check)
            if (ahead := start + 2 * batch) < count:
                self._ask(ahead, min(batch, count - ahead))
            yield from np.frombuffer(data, np.uint8).reshape(-1, self.size, self.size, 3)

    def _ask(self, first: int, count: int) -> None:
        self._process.ask(do="frames", first=first, count=count)

"""`PYTHON -m tests.gpu_worker.engines.torch.two_calls RECORDING`: a cold call of XTTS and a warm
one.

In a process of its own, because importing torch and coqui-tts is most of the first.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from gpu_worker.engines.voice import xtts
from tests.gpu_worker.engines.torch.test_voice_xtts import tiny_model, with_voice
from tests.gpu_worker.engines.workbench import Workbench


def main(recording: Path) -> None:
    xtts._MODEL = tiny_model()
    engine, seconds = xtts.ENGINE(), []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as folder:
            given = with_voice(recording, "Hello.")(Path(folder))
            began = time.monotonic()
            engine.load()
            engine.run(given, Workbench(Path(folder)))
            seconds.append(time.monotonic() - began)
    sys.stdout.write(json.dumps(seconds) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""`python -m gpu_worker.sadtalker HOME CHECKPOINTS`: the warm process, run in HOME.

It sends `{"size": N}` when its models are loaded, and then answers each line of its input:

    {"do": "prepare", "folder": F, "seed": S}   {"frames": N}
    {"do": "frames", "first": I, "count": C}    {"bytes": B}, and then so many bytes of RGB

An error is `{"error": "memory" or "broken", "said": ...}`; the end of the input ends it.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from gpu_worker.models import torch_device
from gpu_worker.models.memory_fallbacks import out_of_memory
from gpu_worker.sadtalker.checkout import Checkout
from gpu_worker.sadtalker.talker import Talker

Answer = tuple[dict[str, Any], bytes]
_LONGEST_TRACEBACK = 2000


def main(home: Path, checkpoints: Path) -> None:
    talkers: list[Talker] = []

    def load() -> Answer:
        talkers.append(Talker(Checkout(home, checkpoints)))
        return {"size": talkers[0].size}, b""

    send = _own_output()
    send(_attempt(load))
    if not talkers:
        return
    for line in sys.stdin.buffer:
        send(_attempt(partial(_answer, talkers[0], json.loads(line))))


def _own_output() -> Callable[[Answer], None]:
    """Return the output that the worker reads; what SadTalker prints is discarded."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def send(answer: Answer) -> None:
        output.write(json.dumps(answer[0]).encode() + b"\n" + answer[1])
        output.flush()

    return send


def _answer(talker: Talker, request: dict[str, Any]) -> Answer:
    if request["do"] == "prepare":
        return {"frames": talker.prepare(Path(request["folder"]), request["seed"])}, b""
    data = talker.frames(request["first"], request["count"])
    return {"bytes": len(data)}, data


def _attempt(work: Callable[[], Answer]) -> Answer:
    """Return the answer, or an error for anything that the code of SadTalker raises."""
    try:
        return work()
    except Exception as error:
        what = "memory" if out_of_memory(error) else "broken"
        failed = {"error": what, "said": traceback.format_exc()[-_LONGEST_TRACEBACK:]}
    # The exception referenced the tensors of the work: only here can they be freed.
    torch_device.release_memory()
    return failed, b""


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Fuzz one target in this process: `python -m tests.fuzz.one TARGET SECONDS FOLDER`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import atheris

from tests.fuzz import targets

_OURS = ["config", "tasks", "gpu_worker", "web", "tests.fuzz.targets"]
_LIBRARIES = ["engineio", "socketio", "zipfile"]
"""Their branches lead the fuzzer, as ours do."""
_LONGEST = {"packets": 20_000, "splitter": 8_192, "captions": 4_096, "uploads": 8_192}


def main(name: str, seconds: str, folder: str) -> None:
    logging.disable(logging.CRITICAL)
    # Its hook for `re` is left out: those patterns take no positions, which ours are given.
    atheris.enabled_hooks.add("str")
    with atheris.instrument_imports(include=_OURS + _LIBRARIES):
        check = targets.load(name)
    corpus = Path(__file__).parent / "corpus" / name
    options = [
        f"{folder}/corpus",
        str(corpus),
        f"-max_total_time={seconds}",
        f"-max_len={_LONGEST.get(name, 4_096)}",
        # Of the clock, which a busy machine stretches; a check fails after a second of CPU.
        "-timeout=20",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
        "-close_fd_mask=0",
    ]
    atheris.Setup([sys.argv[0], *options], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])

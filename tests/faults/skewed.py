"""`python -m tests.faults.skewed NAME`: a worker under libfaketime, as its environment says.

Where libfaketime leaves the monotonic clock alone, which is what a wrong clock does, it breaks
the system call behind `time.sleep`; so that waits here in another way. A pool process is
spawned and imports its parent's main module: that is how it learns of it.
"""

from __future__ import annotations

import importlib
import os
import select
import sys
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep

if "CALLSHEET_TEST_FAULTS" in os.environ:
    importlib.import_module("tests.faults.worker")

if __name__ == "__main__":
    from gpu_worker.__main__ import main

    sys.exit(main())

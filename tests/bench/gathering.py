"""`python -m tests.bench.gathering`: a controller that gathers for `BENCH_GATHER` seconds."""

from __future__ import annotations

import os
import sys

from web.control import __main__ as control
from web.control import gathering

if "BENCH_GATHER" in os.environ:
    gathering.LONGEST_SECONDS = float(os.environ["BENCH_GATHER"])  # type: ignore[misc]

if __name__ == "__main__":
    sys.exit(control.main())

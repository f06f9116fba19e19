"""`python -m tests.bench.roomy web|control`: the process as it is, with places for as many
jobs as `JOBS_IN_FLIGHT` says, however few workers there are."""

from __future__ import annotations

import sys

from web import wsgi
from web.control import __main__ as control
from web.jobs import queue

queue.JOBS_A_WORKER = 1_000_000

if __name__ == "__main__":
    sys.exit({"web": wsgi.main, "control": control.main}[sys.argv[1]]())

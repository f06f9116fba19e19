"""`python -m tests.bench.overtaking`: the API with the first scene before the others, always."""

from __future__ import annotations

import sys

from tasks.messaging import pipeline
from web import wsgi

pipeline.first_goes_first = lambda *_: True  # type: ignore[attr-defined]

if __name__ == "__main__":
    sys.exit(wsgi.main())

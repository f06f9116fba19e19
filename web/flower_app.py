"""What `celery -A web.flower_app flower` watches. Flower reads its own `FLOWER_*` variables.

Its REST API stays closed to whoever has no password: `FLOWER_BASIC_AUTH` gives one, and
`FLOWER_UNAUTHENTICATED_API` is never set.
"""

from __future__ import annotations

import os

from config import private_files
from config.settings import current
from tasks.app import make_app

os.nice(10)  # who watches must not slow down what is watched

private_files.protect(current().state)
app = make_app(current())

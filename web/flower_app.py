"""What `celery -A web.flower_app flower` watches. Flower reads its own `FLOWER_*` variables.

Its REST API stays closed to whoever has no password: `FLOWER_BASIC_AUTH` gives one, and
`FLOWER_UNAUTHENTICATED_API` is never set.
"""

from __future__ import annotations

from config.settings import current
from tasks.app import make_app

app = make_app(current())

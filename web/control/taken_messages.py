"""Delete the notes of messages that dead workers had taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tasks.messaging.app import LONGEST_HELD
from tasks.messaging.routing import unacked
from web.services import Services


class TakenMessages:
    """Remembers since when each note is there: workers write no time, because clocks differ."""

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._clock = clock
        self._since: dict[tuple[str, str], float] = {}

    def clean(self) -> int:
        """Delete the notes that are older than any message that a worker holds; return how many."""
        now, deleted = self._clock(), 0
        seen: dict[tuple[str, str], float] = {}
        for client, environments in self._services.queues:
            for key in (unacked(environment)["unacked_key"] for environment in environments):
                found: Any = client.hkeys(key)
                tags = {tag: self._since.get((key, tag), now) for tag in found}
                old = [tag for tag, since in tags.items() if now - since > LONGEST_HELD]
                if old:
                    deleted += client.hdel(key, *old)
                seen.update({(key, tag): since for tag, since in tags.items() if tag not in old})
        self._since = seen
        return deleted

"""Pseudonyms of nodes: owners of sessions see that two steps ran on one node, but not its name.

A worker is named `ENVIRONMENT@HOST.PID`. Owners get `ENVIRONMENT@node-DIGEST.PID`, which stays the
same as long as `SECRET_KEY` does and cannot be computed from a guessed host name.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from config.environments import ENVIRONMENTS
from tasks.domain.events import Event

_WORKER: Final = re.compile(
    rf"\b({'|'.join(map(re.escape, ENVIRONMENTS))})@([A-Za-z0-9_.-]+)\.([\w-]+)"
)


class NodePseudonyms:
    """Replaces names of workers in events."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def disguise(self, event: Event) -> Event:
        """Return an event in which no text names a host; the same event if none did."""
        text = event.to_json()
        public = _WORKER.sub(self._replacement, text)
        return event if public == text else Event.from_json(public)

    def _replacement(self, found: re.Match[str]) -> str:
        message = b"node:" + found[2].encode()
        digest = hmac.new(self._key, message, hashlib.sha256).hexdigest()[:8]
        return f"{found[1]}@node-{digest}.{found[3]}"

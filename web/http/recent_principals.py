"""Principals that were looked up within the last half second, so that a page asks once for many.

What this process writes to the database counts at once. What another process writes, such as a
revoked key, counts within half a second. Live streams do not use these: they ask by themselves.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from web.accounts.principals import Principal
from web.db.columns import now
from web.db.engine import commits

LIFETIME: Final = timedelta(seconds=0.5)
MOST: Final = 2000


class RecentPrincipals:
    """The principals of one application, by a digest of their credential."""

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[int, datetime, Principal]] = {}
        self._lock = Lock()

    def find(self, credential: str) -> Principal | None:
        """Return a principal that was kept, unless this process has written since."""
        found = self._kept.get(_digest(credential))
        if found is None:
            return None
        count, moment, principal = found
        is_recent = timedelta() <= now() - moment < LIFETIME
        return principal if is_recent and count == commits() else None

    def keep(self, credential: str, count: int, moment: datetime, principal: Principal) -> None:
        """Keep a principal, with `commits()` and the time from before it was looked up."""
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[_digest(credential)] = count, moment, principal


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode(errors="replace")).digest()

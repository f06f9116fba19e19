"""End live streams when the sign-in or login that opened them is over."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from flask import Flask

log = logging.getLogger(__name__)

CHECK_SECONDS: Final = 1.0
"""How long a stream may outlive its sign-in, because another process may have ended it."""

IsOver = Callable[[], bool]
End = Callable[[], None]


class LiveSignIns:
    """The sign-ins that live streams of this process depend on, checked while there are any."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._changed = threading.Condition()
        self._watched: dict[object, tuple[IsOver, End]] = {}
        self._running = False

    def watch(self, is_over: IsOver, end: End) -> Callable[[], None]:
        """Call `end` once the sign-in is over; return a function that stops watching it."""
        key = object()
        with self._changed:
            self._watched[key] = is_over, end
            if not self._running:
                self._running = True
                threading.Thread(target=self._check, name="sign-ins", daemon=True).start()
        return lambda: self._stop(key)

    def _stop(self, key: object) -> None:
        with self._changed:
            self._watched.pop(key, None)
            self._changed.notify_all()

    def _check(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._watched, CHECK_SECONDS)
                if not self._watched:
                    self._running = False
                    return
                watched = dict(self._watched)
            for key, (is_over, end) in watched.items():
                self._end_if_over(key, is_over, end)

    def _end_if_over(self, key: object, is_over: IsOver, end: End) -> None:
        try:
            with self._app.app_context():
                if is_over():
                    self._stop(key)
                    end()
        except Exception:  # the other streams must be checked as well
            log.exception("sign-in of a live stream not checked")

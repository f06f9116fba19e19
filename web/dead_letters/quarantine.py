"""Apply each input separately, and store what fails as a dead letter instead of raising."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from web.dead_letters import letters
from web.dead_letters.letters import Letter
from web.dead_letters.outages import is_outage

log = logging.getLogger(__name__)

TRACE_SECONDS = 60.0
"""Minimum time between two logged tracebacks of a kind, so that a flood does not fill the log."""
_traced: dict[str, float] = {}


def attempt(
    action: Callable[[], object],
    kind: str,
    reference: str,
    payload: Any = "",
    *,
    job_id: str | None = None,
    look_up: Callable[[], tuple[Any, str | None]] | None = None,
) -> bool:
    """Run an action and return whether it succeeded; an outage is raised instead.

    `look_up` finds the payload and the job of a failed action.
    """
    try:
        action()
    except Exception as error:
        if is_outage(error):
            raise
        _log(kind, reference, error)
        if look_up is not None:
            payload, job_id = look_up()
        put_aside([Letter.about(kind, reference, payload, error, job_id)])
        return False
    return True


def together(whole: Callable[[], object], each: Iterable[Callable[[], object]]) -> None:
    """Run everything at once, or one by one if that fails for any reason except an outage.

    Each of the single actions is expected to quarantine what it cannot apply.
    """
    try:
        whole()
    except Exception as error:
        if is_outage(error):
            raise
        for action in each:
            action()


def _log(kind: str, reference: str, problem: Exception) -> None:
    moment = time.monotonic()
    trace = moment - _traced.get(kind, -TRACE_SECONDS) >= TRACE_SECONDS
    if trace:
        _traced[kind] = moment
    reason = f"{type(problem).__name__}: {problem}"[:200]
    what = {"kind": kind, "reference": reference, "reason": reason}
    log.error("input quarantined", exc_info=trace, extra=what)


def put_aside(found: Sequence[Letter]) -> None:
    """Store letters; one that cannot be stored is only logged."""
    try:
        letters.keep(found)
    except Exception as error:
        if is_outage(error):
            raise
        if len(found) == 1:
            log.exception("dead letter not stored", extra={"reference": found[0].reference})
            return
        for letter in found:
            put_aside([letter])

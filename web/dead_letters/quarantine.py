"""Apply one thing by itself; what fails is set aside, and the caller goes on with the next."""

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
"""Between two traces of the same kind: a flood must not fill the log."""
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
    """Whether it worked. An outage is raised: nothing is wrong with what was to be done.

    `look_up` finds payload and job only where it did not work.
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
    """Do all at once; if that fails for another reason than an outage, one after the other.

    Each of them is expected to quarantine what it cannot do.
    """
    try:
        whole()
    except Exception as error:
        if is_outage(error):
            raise
        for alone in each:
            alone()


def _log(kind: str, reference: str, problem: Exception) -> None:
    moment = time.monotonic()
    trace = moment - _traced.get(kind, -TRACE_SECONDS) >= TRACE_SECONDS
    if trace:
        _traced[kind] = moment
    named = f"{type(problem).__name__}: {problem}"[:200]
    log.error("%s %s is quarantined: %r", kind, reference, named, exc_info=trace)


def put_aside(found: Sequence[Letter]) -> None:
    """Keep letters; the last resort for one that cannot even be kept is the log."""
    try:
        letters.keep(found)
    except Exception as error:
        if is_outage(error):
            raise
        if len(found) == 1:
            log.exception("a dead letter could not be kept: %s", found[0].reference)
            return
        for letter in found:
            put_aside([letter])

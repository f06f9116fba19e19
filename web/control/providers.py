"""Follow hosted models from the controller: apply reports, send what is due, announce ends."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final

from tasks.domain.hosted import Report
from tasks.domain.wire import Malformed
from tasks.messaging import provider_call
from web.dead_letters import letters, quarantine
from web.dead_letters.letters import Letter
from web.providers import schedule
from web.services import Services

log = logging.getLogger(__name__)

SECONDS: Final = 0.5
MOST_REPORTS: Final = 500


def follow(services: Services) -> None:
    """Do one turn for all calls to providers."""
    _apply_reports(services)
    schedule.send_due(services)
    schedule.announce(services)


def _apply_reports(services: Services) -> None:
    """Apply what workers have reported; a report that cannot be applied is quarantined."""
    found = provider_call.read_reports(services.redis, MOST_REPORTS)
    if not found:
        return
    good: list[Report] = []
    bad: list[Letter] = []
    for entry_id, text in found:
        try:
            good.append(Report.from_json(text))
        except Malformed as error:
            bad.append(Letter(letters.MESSAGE, entry_id, text, "Malformed", str(error)))
    if bad:
        quarantine.put_aside(bad)
    whole = partial(schedule.apply_reports, services, good)
    quarantine.together(whole, (partial(_apply_one, services, report) for report in good))
    provider_call.remove_reports(services.redis, [entry_id for entry_id, _ in found])


def _apply_one(services: Services, report: Report) -> None:
    alone = partial(schedule.apply_reports, services, [report])
    name = f"provider {report.call_id} {report.outcome}"
    quarantine.attempt(alone, letters.DECISION, name, report.message)

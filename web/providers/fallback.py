"""Try another model for a clip that failed, inside the price that was confirmed."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.errors import CallsheetError
from tasks.domain.hosted import Cause
from web.jobs.models import Job
from web.providers import choosing, clips
from web.providers.models import ProviderCall
from web.services import Services


def open_another(services: Services, db: Session, job: Job, call: ProviderCall) -> bool:
    """Try another model inside the quote, if the request has left the choice to us.

    A clip with a foreign mark is made by another model in any case. That the marked one was paid
    for is the operator's loss: the price that was confirmed is for a clip without a mark.
    """
    wanted = choosing.ClipRequest.of_options(job.options)
    is_marked = call.cause == Cause.MARKED
    if (wanted.model and not is_marked) or call.cause == Cause.INPUT:
        return False
    mine = ProviderCall.job_id == job.id, ProviderCall.round == job.rounds
    earlier = list(db.scalars(select(ProviderCall).where(*mine)))
    for cause in (Cause.MODERATION, Cause.MARKED):
        if sum(one.cause == cause for one in earlier) > 1:
            return False  # one try elsewhere
    spent = sum(one.price_micro for one in earlier if one.spent and one.cause != Cause.MARKED)
    left = int(job.options.get(clips.QUOTE, 0)) - spent
    try:
        choice = choosing.choose(
            services,
            db,
            replace(wanted, model=""),
            choosing.reachable_providers(services),
            without={one.model_id for one in earlier},
            most_micro=left,
            allow_local=False,
        )
    except CallsheetError:
        return False
    why = f"fallback after {call.model_id} failed ({call.cause}): {choice.why}"
    clips.open_call(services, db, job, wanted, replace(choice, why=why[:300]))
    return True

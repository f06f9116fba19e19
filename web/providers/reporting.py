"""Tell clients about clips: the events of the one step that a clip has."""

from __future__ import annotations

from typing import Any, Final

from tasks.domain.errors import ClipMarked, StageError
from tasks.domain.events import Event, EventType
from tasks.domain.failure import Failure
from tasks.domain.hosted import STAGE, Cause
from tasks.messaging.emission import Advance
from tasks.messaging.event_bus import Progress
from tasks.messaging.stage_call import completion_reference
from web.jobs.models import Job
from web.providers import calls
from web.providers.calls import DONE, UNKNOWN
from web.providers.errors import ModerationRefused, ProviderFailed, PurchaseUnknown
from web.providers.models import ProviderCall
from web.services import Services

HOSTED, LITE = "hosted", "lite"
ESTIMATE: Final = 90.0
_AT_PROVIDER: Final = 0.9
"""The share of the progress that the provider's part is worth."""
_SENTENCES: Final = {
    Cause.INPUT: "The provider refused the request: {said}",
    Cause.KEY: "The provider accepts none of the keys. Contact the operator.",
    Cause.LIMIT: "The provider is too busy. Try again later.",
    Cause.SERVER: "The provider failed to make the clip. Try again later.",
    Cause.LOST: "The provider has lost the clip.",
    Cause.DAMAGED: "The provider's clip is damaged: {said}",
}


def told(call: ProviderCall) -> dict[str, Any]:
    """Return what a job's step shows of its call."""
    return {
        "model": call.model_id,
        "why": call.why,
        "state": call.state,
        "progress": call.progress,
        "place": call.place,
        "throttled": call.throttled,
    }


def kind_of(call: ProviderCall) -> str:
    """Return the kind of engine that a call stands for."""
    return LITE if calls.is_local(call) else HOSTED


def begun(job: Job, call: ProviderCall) -> Event:
    """Return the event of a task that a provider has taken."""
    details = _details(job, call) | {"by_provider": True, "provider": told(call)}
    return _event(job, EventType.STAGE_STARTED, f"{call.model_id} makes the clip", details)


def progressed(job: Job, call: ProviderCall) -> tuple[Event, Advance]:
    """Return the event of a task that goes on."""
    fraction = _AT_PROVIDER * (call.progress or 0.0)
    details = _details(job, call) | {
        "stage_percent": round(100 * fraction, 1),
        "provider": told(call),
    }
    event = _event(job, EventType.PROGRESS_UPDATE, _words(call), details)
    return event, Advance(STAGE, 100 * fraction)


def ended(job: Job, call: ProviderCall) -> tuple[Event, Advance | None, str]:
    """Return the event of a call's end, and the artifact that it brings."""
    details = _details(job, call)
    if call.state != DONE:
        failure = Failure.of_error(_error(call))
        event = _event(
            job, EventType.STAGE_FAILED, failure.user_message, details | failure.of_stage()
        )
        return event, None, ""
    seconds = (call.finished_at - call.created_at).total_seconds() if call.finished_at else 0.0
    facts = (call.facts or {}) | {
        "dollars": call.price_micro / 1_000_000,
        "why": call.why,
        "key": call.key_label,
        "model_id": call.model_id,
    }
    details |= {
        "stage_percent": 100.0,
        "artifact": call.artifact,
        "facts": facts,
        "found": False,
        "seconds": round(seconds, 3),
    }
    event = _event(job, EventType.STAGE_COMPLETED, "clip done", details)
    return event, Advance(STAGE, 100.0), completion_reference(job.id, job.revision, STAGE)


def emit(
    services: Services, event: Event, advance: Advance | None = None, reference: str = ""
) -> None:
    """Emit an event; the progress of its job begins with the first one."""
    if services.bus.emit(event, advance, reference).event_id:
        return
    services.bus.start_progress(event.job_id or "", ESTIMATE, Progress())
    services.bus.emit(event, advance, reference)


def _details(job: Job, call: ProviderCall) -> dict[str, Any]:
    return {
        "attempt": job.attempt,
        "revision": job.revision,
        "engine": call.model_id,
        "kind": kind_of(call),
        "worker": call.worker,
        "device": "",
    }


def _event(job: Job, kind: EventType, message: str, details: dict[str, Any]) -> Event:
    return Event(kind, job.session_id, job.id, STAGE, None, message, details)


def _words(call: ProviderCall) -> str:
    if calls.is_local(call):
        return "a local model makes the clip"
    if call.throttled:
        return "waiting for the provider, which limits the number of clips"
    if call.place is not None:
        return f"waiting for the provider, place {call.place}"
    return "the provider makes the clip" if call.progress else "waiting for the provider"


def _error(call: ProviderCall) -> StageError:
    if call.state == UNKNOWN:
        return PurchaseUnknown()
    if call.cause == Cause.MODERATION:
        said = f" It said: {call.message}" if call.message else ""
        return ModerationRefused(
            "The provider's moderation refused this clip. Change the prompt or the pictures." + said
        )
    if call.cause == Cause.MARKED:
        return ClipMarked(f"{call.message} Choose a model without one.".strip())
    sentence = _SENTENCES.get(Cause(call.cause)) if call.cause else None
    return ProviderFailed(sentence.format(said=call.message) if sentence else None)

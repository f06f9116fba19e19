"""Finish a clip of a provider or of a local model: scan it, label it and sign it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from celery.exceptions import SoftTimeLimitExceeded

from config import scratch
from gpu_worker.execution.runner import Requeue, WorkerContext
from gpu_worker.media import virus_scan
from gpu_worker.media.virus_scan import NotScanned, VirusFound
from tasks.domain.artifact import Artifact, content_key
from tasks.domain.errors import CallsheetError
from tasks.domain.hosted import LOCAL_WIRE, PART, SOURCE, STAGE, Cause, Outcome, Report, Task

log = logging.getLogger(__name__)

SCAN_COUNTDOWN: Final = 10.0
_MEDIA_TYPES: Final = {".mp4": "video/mp4", ".jpg": "image/jpeg", ".json": "application/json"}


def finish(context: WorkerContext, task: Task) -> Report:
    """Finish a stored clip; an equal one is finished once."""
    raw = context.artifacts.find(task.artifact)
    if raw is None:
        return _damaged(task, "The clip is not stored any more.")
    place, name = context.settings.path("temp"), f"{task.call_id}.finish"
    try:
        with scratch.run_directory(place, name) as directory:
            return _done(task, _finished(context, task, raw, directory))
    except VirusFound as found:
        log.error("virus in a clip", extra={"call_id": task.call_id, "virus": str(found)})
        context.artifacts.forget(raw.key)
        return _damaged(task, "The file contains a virus.")
    except NotScanned as error:
        raise Requeue(SCAN_COUNTDOWN, "clamd is required and unavailable") from error
    except SoftTimeLimitExceeded:
        return _damaged(task, "It took too long to finish the clip.")
    except CallsheetError as error:
        log.warning("clip not finished", extra={"call_id": task.call_id, "code": error.code})
        return _damaged(task, error.user_message)


def _finished(context: WorkerContext, task: Task, raw: Artifact, directory: Path) -> Artifact:
    from gpu_worker.engines.assemble import clip as finishing

    inputs = {name: blob.sha256 for name, blob in raw.parts.items()}
    identity = {"name": "clip", "version": finishing.VERSION}
    params = {"label": task.order.label, "model": task.model_id}
    key = content_key(STAGE, identity, params, None, inputs, salt=task.salt)
    known = context.artifacts.find(key)
    if known is not None:
        return known
    store = context.artifacts
    made = store.local(raw.parts[PART], directory, "clip.mp4")
    source = store.local(raw.parts[SOURCE], directory, SOURCE) if SOURCE in raw.parts else made
    is_scanned = task.remote.wire != LOCAL_WIRE and virus_scan.scan(source, context.settings)
    done = finishing.finish(
        made, source, directory, model=task.model_id, label=task.order.label, check=_go_on
    )
    parts = {
        name: store.put_file(path, _MEDIA_TYPES[path.suffix]) for name, path in done.parts.items()
    }
    facts = done.facts | {"scanned": is_scanned}
    return store.commit(Artifact(key, STAGE, task.model_id, parts, facts))


def _go_on() -> None:
    """Do nothing: finishing takes seconds, and a clip that was paid for is kept."""


def _done(task: Task, artifact: Artifact) -> Report:
    return Report(
        task.call_id,
        Outcome.FINISHED,
        task_id=task.task_id,
        key=task.key,
        artifact=artifact.key,
        facts=artifact.facts,
    )


def _damaged(task: Task, message: str) -> Report:
    return Report(
        task.call_id,
        Outcome.DAMAGED,
        task_id=task.task_id,
        key=task.key,
        cause=Cause.DAMAGED.value,
        message=message,
    )

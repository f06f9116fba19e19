"""Finish a clip of a provider or of a local model: scan it, label it and sign it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

from celery.exceptions import SoftTimeLimitExceeded

from config import scratch
from gpu_worker.execution.runner import Requeue, WorkerContext
from gpu_worker.media import streams, virus_scan
from gpu_worker.media.delivery import marks
from gpu_worker.media.virus_scan import NotScanned, VirusFound
from tasks.domain.artifact import Artifact, content_key
from tasks.domain.errors import CallsheetError, ClipMarked
from tasks.domain.hosted import PART, SOURCE, STAGE, Cause, Outcome, Report, Task

log = logging.getLogger(__name__)

VERSION: Final = "2"
"""Raise it whenever the finished clip for an equal one changes."""
INTERNAL: Final = "scene-"
"""Begins the names of parts that are not shown to people (`web/control/outputs.py`)."""
SCAN_COUNTDOWN: Final = 10.0
_MEDIA_TYPES: Final = {
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".ts": "video/mp2t",
}


def finish(context: WorkerContext, task: Task) -> Report:
    """Finish a stored clip; an equal one is finished once."""
    known = context.artifacts.find(finished_key(task, task.artifact))
    if known is not None:
        _forget_raw(context, task.artifact)
        return _done(task, known)
    raw = context.artifacts.find(task.artifact)
    if raw is None:
        return _damaged(task, "The clip is not stored any more.")
    place, name = context.settings.path("temp"), f"{task.call_id}.finish"
    try:
        with scratch.run_directory(place, name) as directory:
            done = _done(task, _finished(context, task, raw, directory))
        _forget_raw(context, task.artifact)
        return done
    except VirusFound as found:
        log.error("virus in a clip", extra={"call_id": task.call_id, "virus": str(found)})
        _forget_raw(context, raw.key)
        return _damaged(task, "The file contains a virus.")
    except NotScanned as error:
        raise Requeue(SCAN_COUNTDOWN, "clamd is required and unavailable") from error
    except SoftTimeLimitExceeded:
        return _damaged(task, "It took too long to finish the clip.")
    except CallsheetError as error:
        log.warning("clip not finished", extra={"call_id": task.call_id, "code": error.code})
        is_marked = isinstance(error, ClipMarked)
        if is_marked:
            _forget_raw(context, raw.key)
        return _damaged(task, error.user_message, Cause.MARKED if is_marked else Cause.DAMAGED)


def _finished(context: WorkerContext, task: Task, raw: Artifact, directory: Path) -> Artifact:
    store = context.artifacts
    made = store.local(raw.parts[PART], directory, "clip.mp4")
    source = store.local(raw.parts[SOURCE], directory, SOURCE) if SOURCE in raw.parts else made
    facts = {"scanned": virus_scan.scan(source, context.settings)}
    if task.unmarked:
        _refuse_marked(made)
    return store_finished(
        context, finished_key(task, raw.key), task, made, source=source, facts=facts, raw=raw
    )


def _refuse_marked(clip: Path) -> None:
    """Refuse a clip with a foreign logo or watermark: another model makes it instead."""
    picture = streams.video(clip)
    size = picture.width, picture.height
    mark = marks.find(marks.frames_of(clip, size, marks.CLIP_RATE, _go_on))
    if mark is not None:
        raise ClipMarked(f"The clip shows a foreign logo or watermark {mark.place}.")


def store_finished(
    context: WorkerContext,
    key: str,
    task: Task,
    made: Path,
    *,
    source: Path,
    facts: dict[str, Any],
    raw: Artifact | None = None,
) -> Artifact:
    """Label and sign a clip beside its file, and store it under a key."""
    from gpu_worker.engines.assemble import clip as finishing

    done = finishing.finish(
        *(made, source, made.parent),
        model=task.model_id,
        label=task.order.label,
        check=_go_on,
        stream=task.unmarked,
    )
    put = context.artifacts.put_file
    parts = {name: put(path, _MEDIA_TYPES[path.suffix]) for name, path in done.parts.items()}
    if raw is not None:
        parts |= {f"{INTERNAL}{name}": blob for name, blob in raw.parts.items()}
    return context.artifacts.commit(Artifact(key, STAGE, task.model_id, parts, facts | done.facts))


def finished_key(task: Task, raw: str) -> str:
    """Return the content key of a finished clip, by the key of the one that it is made from."""
    identity = {"name": "clip", "version": VERSION}
    params: dict[str, Any] = {"label": task.order.label, "model": task.model_id}
    params |= {"stream": True} if task.unmarked else {}
    return content_key(STAGE, identity, params, None, {"clip": raw}, salt=task.salt)


def _forget_raw(context: WorkerContext, key: str) -> None:
    """Forget a clip that is finished or refused.

    Its bytes go with the finished one, which refers to them: another clip may have the same.
    """
    context.artifacts.forget(key)


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


def _damaged(task: Task, message: str, cause: Cause = Cause.DAMAGED) -> Report:
    return Report(
        task.call_id,
        Outcome.DAMAGED,
        task_id=task.task_id,
        key=task.key,
        cause=cause.value,
        message=message,
    )

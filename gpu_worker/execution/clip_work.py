"""Make a clip with a local model, and report its progress like that of a provider."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import redis
from celery.exceptions import SoftTimeLimitExceeded

from config import scratch
from gpu_worker.clips import talking
from gpu_worker.clips.local_models import MODELS, LocalModel
from gpu_worker.execution.clip_finish import finished_key, store_finished
from gpu_worker.execution.runner import WorkerContext
from tasks.domain.artifact import Artifact, Blob, content_key
from tasks.domain.errors import CallsheetError, Cancelled, InputRefused
from tasks.domain.hosted import SPEECH, STAGE, Cause, ClipOrder, Outcome, Report, Task
from tasks.messaging import keys

log = logging.getLogger(__name__)

SECONDS_BETWEEN_REPORTS: Final = 0.5
_NOT_DRAWN: Final = ("label", "draft_task", "draft_key")
_UNKNOWN: Final = "This worker does not have the local model."

OnReport = Callable[[Report], None]


@dataclass(slots=True)
class Clock:
    """Reports the progress of a clip now and then, and stops it when its job has ended."""

    client: redis.Redis
    task: Task
    on_report: OnReport
    at: float = 0.0

    def progress(self, fraction: float) -> None:
        now = time.monotonic()
        if now - self.at < SECONDS_BETWEEN_REPORTS:
            return
        self.at = now
        last = self.client.get(keys.stop(self.task.job_id))
        if last is not None and int(last) >= self.task.job_attempt:
            raise Cancelled
        running = _report(self.task, Outcome.RUNNING)
        self.on_report(replace(running, progress=round(fraction, 3)))


def render(context: WorkerContext, task: Task, on_report: OnReport) -> None:
    """Make the clip of a task and report it; an equal clip of the owner is made once."""
    model = MODELS.get(task.remote.model)
    if model is None:
        on_report(_report(task, Outcome.FAILED, Cause.INPUT, _UNKNOWN))
        return
    on_report(_report(task, Outcome.SUBMITTED))
    try:
        key = key_of(context, model, task)
    except InputRefused as error:
        on_report(_report(task, Outcome.FAILED, Cause.INPUT, error.user_message))
        return
    found = context.artifacts.find(finished_key(task, key))
    on_report(
        _finished(key, task, found) if found is not None else _made(context, model, task, on_report)
    )


def _made(context: WorkerContext, model: LocalModel, task: Task, on_report: OnReport) -> Report:
    clock = Clock(context.shared.client, task, on_report)
    place, name = context.settings.path("temp"), f"{task.call_id}.render"
    try:
        with scratch.run_directory(place, name) as directory:
            made = _artifact(context, model, task, directory, clock)
            return _finished(key_of(context, model, task), task, made)
    except Cancelled:
        return _report(task, Outcome.CANCELLED)
    except SoftTimeLimitExceeded:
        return _report(task, Outcome.FAILED, Cause.SERVER, "It took too long.")
    except InputRefused as error:
        return _report(task, Outcome.FAILED, Cause.INPUT, error.user_message)
    except CallsheetError as error:
        log.warning("local clip failed", extra={"call_id": task.call_id, "code": error.code})
        return _report(task, Outcome.FAILED, Cause.SERVER, error.user_message)


def _artifact(
    context: WorkerContext, model: LocalModel, task: Task, directory: Path, clock: Clock
) -> Artifact:
    from gpu_worker.clips import renderer

    began, path, order = time.monotonic(), directory / "clip.mp4", task.order
    picture, seed = _picture(context, order.first_frame), seed_of(task)
    if model.name == talking.NAME:
        drawn = talking.render(
            context.registry, order, picture, seed=seed, target=path, on_progress=clock.progress
        )
    else:
        if picture is not None and model.warps_still:
            from gpu_worker.clips import stills

            check = partial(clock.progress, 0.0)
            picture = stills.enhanced(context.registry, order, picture, directory, check)
        shot = renderer.Shot(model.name, order, picture, seed)
        drawn = renderer.render(shot, path, clock.progress)
    facts: dict[str, Any] = drawn | {
        "provider": task.remote.provider,
        "model": model.name,
        "kind": "lite",
        "seconds": round(drawn["frames"] / drawn["fps"], 3),
        "render_seconds": round(time.monotonic() - began, 3),
    }
    key = finished_key(task, key_of(context, model, task))
    return store_finished(context, key, task, path, source=path, facts=facts)


def key_of(context: WorkerContext, model: LocalModel, task: Task) -> str:
    """Return the content key of a clip: equal orders of an owner have the same."""
    order = asdict(task.order)
    frames = {name: order.pop(name) for name in ("first_frame", "last_frame")}
    unused = (*_NOT_DRAWN, *(name for name in SPEECH if not order[name]))
    order = {name: value for name, value in order.items() if name not in unused}
    if model.name == talking.NAME:
        order["engines"] = talking.engines_of(context.registry, task.order)
    if model.warps_still and (picture := _picture(context, task.order.first_frame)) is not None:
        from gpu_worker.clips import stills

        order["enhanced"] = stills.engine_of(context.registry, task.order, picture)
    digests = {name: blob["sha256"] for name, blob in frames.items() if blob}
    seed = order.pop("seed")
    return content_key(STAGE, model.identity, order, seed, digests, salt=task.salt)


def seed_of(task: Task) -> int:
    """Return the seed of the request, or one that comes from the order."""
    if task.order.seed is not None:
        return task.order.seed
    # A draft and the clip that follows it differ in their size only.
    plain = ClipOrder(task.order.prompt, task.order.seconds, task.order.ratio)
    told = {name: value for name, value in asdict(plain).items() if name not in SPEECH}
    picture = task.order.first_frame.sha256 if task.order.first_frame else ""
    return int(content_key(STAGE, {}, told, None, {"picture": picture})[:7], 16)


def _picture(context: WorkerContext, blob: Blob | None) -> bytes | None:
    return None if blob is None else b"".join(context.artifacts.read(blob))


def _finished(key: str, task: Task, artifact: Artifact) -> Report:
    """Report a clip; it is finished already, under a key that follows from this one."""
    done = _report(task, Outcome.FETCHED)
    return replace(done, artifact=key, facts=artifact.facts)


def _report(task: Task, outcome: Outcome, cause: Cause | None = None, message: str = "") -> Report:
    return Report(
        task.call_id,
        outcome,
        attempt=1,
        task_id=task.call_id,
        cause="" if cause is None else cause.value,
        message=message,
    )

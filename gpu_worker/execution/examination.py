"""Examine an uploaded file, and report the verdict.

Running the same call again reports the same verdict, which is recorded once.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded

from config import scratch
from gpu_worker.engine import Examined, Examiner
from gpu_worker.execution.runner import STORE_COUNTDOWN, Requeue, WorkerContext
from gpu_worker.models.gpu_share import GpuFull
from tasks.domain.errors import FaceRefused, InputRefused, StoreUnavailable, VoiceRefused
from tasks.domain.examination import Crop, Verdict
from tasks.messaging.examination_call import ExaminationCall

log = logging.getLogger(__name__)

CROP_TYPE = "image/jpeg"


def examine(context: WorkerContext, call: ExaminationCall) -> str:
    """Examine a file and report the verdict; return the outcome for Flower."""
    began = time.monotonic()
    context.heartbeat.busy(call.task_id)
    try:
        with scratch.run_directory(context.settings.path("temp"), call.task_id) as directory:
            verdict = _verdict(context, call, directory)
    except StoreUnavailable as error:
        raise Requeue(STORE_COUNTDOWN, "the object store is unavailable") from error
    except GpuFull as error:
        raise Requeue(error.again_in, str(error)) from error
    finally:
        context.heartbeat.busy("")
    if verdict is None:
        return "dropped"
    context.shared.examined(context.heartbeat.name, call.subject, call.session_id, verdict)
    log.info(
        "file examined",
        extra={"kind": call.kind, "seconds": round(time.monotonic() - began, 3)},
    )
    return verdict.code or "usable"


def _verdict(context: WorkerContext, call: ExaminationCall, directory: Path) -> Verdict | None:
    """Return the verdict on a file; None if this worker cannot tell."""
    try:
        source = context.artifacts.local(call.blob, directory / "in", "file")
    except FileNotFoundError:
        log.info("file not examined: it was deleted")
        return None
    folder = directory / "out"
    folder.mkdir()
    try:
        examined = _examined(context, call.kind, source, folder)
    except InputRefused as refused:
        return Verdict(code=refused.code, reason=refused.user_message)
    except SoftTimeLimitExceeded:
        kind = FaceRefused if call.kind == "face" else VoiceRefused
        return Verdict(code=kind.code, reason="The file takes too long to examine.")
    return None if examined is None else _with_crops(context, examined)


def _examined(context: WorkerContext, kind: str, source: Path, folder: Path) -> Examined | None:
    if kind == "voice":
        from gpu_worker.speech import examination, recogniser

        verdict = examination.examine(source)
        if recogniser.is_installed():
            verdict = recogniser.with_language(verdict, source)
        return Examined(verdict)
    if kind == "sentence":
        from gpu_worker.speech import recogniser

        return Examined(recogniser.examine(source))
    if kind == "moderation":
        from gpu_worker.media import moderation

        return Examined(moderation.moderate(source))
    registry = context.registry
    name = registry.examiner(kind)
    if name is None:
        return None
    with registry.place(kind, name):
        engine = registry.ready(kind, name)
        assert isinstance(engine, Examiner)  # noqa: S101  `registry.examiner` says so
        return engine.examine(source, folder)


def _with_crops(context: WorkerContext, examined: Examined) -> Verdict:
    crops = tuple(
        Crop(
            face_index=cut.face_index,
            aspect_ratio=cut.aspect_ratio,
            blob=context.artifacts.put_file(cut.path, CROP_TYPE),
            width=cut.width,
            height=cut.height,
            notes=cut.notes,
        )
        for cut in examined.crops
    )
    return replace(examined.verdict, crops=crops)

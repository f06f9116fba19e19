"""Run one stage: reuse a cached result, or acquire the lease, compute, commit and report.

Running the same call again after a crash at any point ends in the same state; crash recovery
consists of nothing else.
"""

from __future__ import annotations

import logging
import mimetypes
import tempfile
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded

from config import scratch
from config.settings import Settings
from gpu_worker import subprocesses
from gpu_worker.engine import Context, Engine, Inputs, Output
from gpu_worker.execution.context import StageContext, WorkerStatus
from gpu_worker.execution.derived_cache import DerivedCache
from gpu_worker.execution.inputs import local_inputs
from gpu_worker.models.gpu_share import GpuFull
from gpu_worker.models.memory_fallbacks import Fallbacks
from gpu_worker.models.registry import Registry
from tasks.domain.artifact import Artifact
from tasks.domain.errors import (
    CallsheetError,
    Cancelled,
    ConsentRequired,
    EngineBroken,
    InputRefused,
    StageOutOfMemory,
    StageTimedOut,
    StoreUnavailable,
)
from tasks.domain.plan import Plan, Step, people, without_consent
from tasks.domain.step_inputs import Resolved, resolve
from tasks.messaging.event_bus import Emitter
from tasks.messaging.stage_call import StageCall
from tasks.messaging.stage_events import StageEvents
from tasks.nodes.coordination import Coordination
from tasks.nodes.leases import Lease
from tasks.store.artifacts import Artifacts
from tasks.telemetry import tracing

log = logging.getLogger(__name__)

LEASED_COUNTDOWN = 1.0
"""Seconds until a stage checks again whether another worker has computed it."""

FAILOVER_COUNTDOWN = 0.5
"""Seconds for which a step that failed here is left to other workers."""

STORE_COUNTDOWN = 2.0
"""Seconds until a stage checks again whether the object store is available."""


class Outcome(StrEnum):
    """The outcome of a delivery, which is the whole result of the Celery task."""

    DONE = "done"
    DROPPED = "dropped"


class Requeue(Exception):
    """Redeliver this call after a delay without counting an attempt."""

    def __init__(self, countdown: float, why: str) -> None:
        super().__init__(why)
        self.countdown = countdown


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What a worker process runs stages with; there is one for each process."""

    settings: Settings
    shared: Coordination
    artifacts: Artifacts
    registry: Registry
    heartbeat: WorkerStatus


def execute(context: WorkerContext, call: StageCall) -> Outcome:
    """Run one delivery of a stage; raise `CallsheetError` if the stage fails."""
    worker = context.heartbeat.name
    delivered = context.shared.take(call, worker, first_heartbeat_seconds(context.settings))
    if not delivered.should_run:
        return Outcome.DROPPED
    try:
        return _execute(context, call, delivered.failed_on)
    except StoreUnavailable as error:
        raise Requeue(STORE_COUNTDOWN, "the object store is unavailable") from error


def first_heartbeat_seconds(settings: Settings) -> float:
    """Return how long the heartbeat of a delivery holds.

    A sweep less than a lease: the sweeper is slower with a step whose message is not noted yet
    (`tasks/messaging/broker.py`), and must find it lost as soon as any other.
    """
    lease = settings.lease_seconds
    return max(lease - settings.sweep_seconds / 2, lease / 2)


def _execute(context: WorkerContext, call: StageCall, failed_on: frozenset[str]) -> Outcome:
    plan = context.artifacts.plan(call.job_id, call.revision)
    if plan is None:
        log.warning("step dropped: its plan does not exist", extra={"task_id": call.task_id})
        return Outcome.DROPPED
    step = plan.step(call.stage, call.scene)
    return StageExecution(context, call, plan, step, failed_on).execute()


class StageExecution:
    """The execution of one stage call."""

    def __init__(
        self,
        context: WorkerContext,
        call: StageCall,
        plan: Plan,
        step: Step,
        failed_on: frozenset[str],
    ) -> None:
        self.context = context
        self.call = call
        self.plan = plan
        self.step = step
        device = context.registry.device(step.stage, step.engine.name)
        self.worker = context.heartbeat.name
        self.events = StageEvents(
            context.shared, plan, step, call, worker=self.worker, device=device
        )
        self.tried = failed_on

    def execute(self) -> Outcome:
        artifacts = self.context.artifacts
        done = artifacts.recorded(self.call.job_id, self.call.revision, self.step.name)
        if done is not None:
            return self._reuse(done)
        if not self._has_consent():
            return Outcome.DROPPED
        try:
            inputs = resolve(self.plan, self.step, artifacts.recorded_by(self.plan))
        except InputRefused as error:
            self.events.failed(error)
            raise
        if inputs is None:
            # An earlier step failed or was dropped; the controller decides what follows.
            return Outcome.DROPPED
        done = self._find_cached(inputs.key(self.step))
        return self._reuse(done) if done is not None else self._compute(inputs)

    def _find_cached(self, key: str) -> Artifact | None:
        """Return a cached result, protected from eviction."""
        artifacts = self.context.artifacts
        if artifacts.find(key) is None:
            return None
        if not self.context.shared.claim(key, self.call, self.worker):
            raise Requeue(LEASED_COUNTDOWN, "its result is being evicted")
        return artifacts.find(key)

    def _has_consent(self) -> bool:
        """Check the consent again: the request may be hours old."""
        if not people(self.plan, self.step):
            return True
        if self.context.settings.consent == "required" and without_consent(self.plan, self.step):
            self.events.failed(ConsentRequired())
            raise ConsentRequired(stage=self.step.name)
        if self.context.artifacts.withdrawn(self.call.job_id):
            log.info("step dropped: consent was withdrawn", extra={"task_id": self.call.task_id})
            return False
        return True

    def _reuse(self, artifact: Artifact) -> Outcome:
        self._record_result(artifact, found=True, seconds=0.0)
        return Outcome.DONE

    def _compute(self, inputs: Resolved) -> Outcome:
        engine = self.step.engine
        if not self.context.registry.has(self.step.stage, engine):
            raise Requeue(LEASED_COUNTDOWN, f"{engine.name} {engine.version} is not available here")
        if self._left_to_others():
            raise Requeue(FAILOVER_COUNTDOWN, "it failed here, and another worker has not tried it")
        self._yield_to_warm_worker()
        try:
            with self.context.registry.place(*self._engine):
                return self._compute_under_lease(inputs)
        except GpuFull as error:
            raise Requeue(error.again_in, str(error)) from error

    def _yield_to_warm_worker(self) -> None:
        """Leave the step to an idle worker that has the model loaded."""
        if self.context.registry.is_warm(*self._engine):
            return
        pause = self.context.shared.pause(self.call, self.worker, self.step.engine, self.tried)
        if pause is not None:
            raise Requeue(pause, "a worker that has the model loaded is free")

    def _left_to_others(self) -> bool:
        """Return whether the step failed here and another worker has not tried it."""
        return self.worker in self.tried and self.context.shared.others_can(
            self.call, self.worker, self.step.engine, self.tried
        )

    def _compute_under_lease(self, inputs: Resolved) -> Outcome:
        lease = self._lease(inputs.key(self.step))
        if not lease.acquire(self.events.started()):
            raise Requeue(LEASED_COUNTDOWN, "another worker computes this")
        self.context.heartbeat.busy(self.call.task_id)
        try:
            with lease:
                self._run_and_commit(inputs, lease)
        except Cancelled:
            return Outcome.DROPPED
        except (EngineBroken, StageOutOfMemory) as failure:
            self.tried = self.context.shared.note_broken(self.call, self.worker)
            if self._left_to_others():
                raise Requeue(FAILOVER_COUNTDOWN, failure.code) from failure
            self._failed(failure)
            raise
        except CallsheetError as failure:
            self._failed(failure)
            raise
        finally:
            self.context.heartbeat.busy("")
        return Outcome.DONE

    def _failed(self, failure: CallsheetError) -> None:
        """Report a failure; an unavailable store does not fail a step."""
        if not isinstance(failure, StoreUnavailable):
            what = {"error_code": failure.code, "reason": str(failure.details)}
            log.warning("stage failed", extra=what)
            self.events.failed(failure)

    def _lease(self, key: str) -> Lease:
        context, call = self.context, self.call
        lease = Lease(context.shared, key, call, context.settings.lease_seconds, self.worker)
        lease.on_stop = subprocesses.end_all
        return lease

    def _run_and_commit(self, inputs: Resolved, lease: Lease) -> None:
        began = time.monotonic()
        log.info("stage started", extra={"engine": self.step.engine.name})
        place = self.context.settings.path("temp")
        derived_cache = DerivedCache(self.step, inputs, self.context.artifacts)
        with scratch.run_directory(place, self.call.task_id) as directory:
            output = self._run(inputs, directory, lease, derived_cache)
            self.context.registry.health.record_success(self._engine)
            artifact = self._commit(inputs.key(self.step), output, directory)
        derived_cache.store(artifact)
        seconds = time.monotonic() - began
        self._record_result(artifact, found=False, seconds=seconds, emitter=lease)
        log.info(
            "stage finished",
            extra={"engine": self.step.engine.name, "seconds": round(seconds, 1)},
        )

    def _run(
        self, inputs: Resolved, directory: Path, lease: Lease, derived_cache: DerivedCache
    ) -> Output:
        """Run the engine; convert its exceptions to `CallsheetError`."""
        received = directory / "in"
        step, registry = self.step, self.context.registry
        first = iter([directory])
        try:
            files = local_inputs(inputs, step, self.context.artifacts, received)

            def work(fallbacks: Fallbacks) -> Output:
                # Only a repetition gets a directory of its own, because it costs a quick stage.
                workdir = next(first, None) or Path(tempfile.mkdtemp(prefix="out-", dir=directory))
                ctx = StageContext(workdir, self.events, lease, derived_cache, fallbacks)
                return self._run_engine(files, ctx)

            known = registry.memory_fallbacks(*self._engine)
            return registry.fallbacks.run(self._engine, known, work, registry.make_room)
        except Exception as error:
            if lease.stopped.is_set():  # its children were killed, which can raise any error
                raise Cancelled from error
            classified = self._classify(inputs, error)
            if classified is error:
                raise
            raise classified from error

    def _run_engine(self, inputs: Inputs, ctx: Context) -> Output:
        choice = self.step.engine
        engine = self._loaded()
        with tracing.span(f"engine.{choice.name}", {"version": choice.version}):
            return engine.run(inputs, ctx)

    def _classify(self, inputs: Resolved, error: Exception) -> CallsheetError:
        """Convert an exception of an engine to an error for the controller."""
        if isinstance(error, SoftTimeLimitExceeded):
            return StageTimedOut(stage=self.step.name)
        if isinstance(error, CallsheetError) and not isinstance(error, EngineBroken):
            return error
        self._broke(inputs, error)
        if isinstance(error, EngineBroken):
            return error
        log.exception("engine failed", extra={"engine": self.step.engine.name})
        return EngineBroken(stage=self.step.name, error=type(error).__name__)

    def _loaded(self) -> Engine:
        """Return the loaded engine; report that it is loading if it is not loaded yet."""
        registry = self.context.registry
        if registry.is_warm(*self._engine):
            return registry.ready(*self._engine)
        self.events.progress(0.0, "loading the model")
        engine = registry.ready(*self._engine)
        self.events.progress(0.0, "running")
        return engine

    @property
    def _engine(self) -> tuple[str, str]:
        return self.step.stage, self.step.engine.name

    def _broke(self, inputs: Resolved, error: Exception) -> None:
        self.context.registry.record_failure(
            *self._engine, inputs.key(self.step), type(error).__name__
        )

    def _commit(self, key: str, output: Output, directory: Path) -> Artifact:
        store = self.context.artifacts
        parts = {
            # What an engine has written in its directory is removed with it, and not written again.
            name: store.put_file(path, _media_type(name), final=path.is_relative_to(directory))
            for name, path in output.parts.items()
        }
        artifact = Artifact(key, self.step.stage, self.step.engine.name, parts, dict(output.facts))
        return store.commit(artifact)

    def _record_result(
        self, artifact: Artifact, *, found: bool, seconds: float, emitter: Emitter | None = None
    ) -> None:
        call, facts = self.call, artifact.facts
        self.context.artifacts.record(call.job_id, call.revision, call.step, artifact.key)
        self.events.completed(artifact.key, facts, found=found, seconds=seconds, emitter=emitter)


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"

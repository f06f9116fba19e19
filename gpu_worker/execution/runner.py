"""Carry out one stage: find the result, or take the lease, compute, commit, enter, say so.

Whatever happens to this process between two of these lines, carrying the same call out
again ends in the same state: that is the whole of crash recovery.
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
from gpu_worker.execution.context import StageContext, StageEvents, WorkerStatus
from gpu_worker.execution.derived_cache import DerivedCache
from gpu_worker.execution.inputs import Resolved, resolve
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
from tasks.messaging.stage_call import StageCall
from tasks.nodes.coordination import Coordination
from tasks.nodes.leases import Lease
from tasks.store.artifacts import Artifacts
from tasks.telemetry import tracing

log = logging.getLogger(__name__)

LEASED_COUNTDOWN = 1.0
"""Seconds until a stage looks again whether somebody else has computed it."""

HANDOVER_COUNTDOWN = 0.5
"""Seconds that a step which broke here leaves the others to take it."""

STORE_COUNTDOWN = 2.0
"""Seconds until a stage looks whether the object store is back; no job fails of that."""


class Outcome(StrEnum):
    """What became of a delivery; results of Celery tasks say no more than this."""

    DONE = "done"
    DROPPED = "dropped"


class Requeue(Exception):
    """Deliver this call again after a moment; it counts as no attempt."""

    def __init__(self, countdown: float, why: str) -> None:
        super().__init__(why)
        self.countdown = countdown


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """Everything a stage is carried out with; one for each process."""

    settings: Settings
    shared: Coordination
    artifacts: Artifacts
    registry: Registry
    heartbeat: WorkerStatus


def execute(context: WorkerContext, call: StageCall) -> Outcome:
    """One delivery of one stage. Raises `CallsheetError` when the stage has failed."""
    worker = context.heartbeat.name
    delivered = context.shared.take(call, worker, context.settings.lease_seconds)
    if not delivered.should_run:
        return Outcome.DROPPED
    try:
        return _execute(context, call, delivered.failed_on)
    except StoreUnavailable as error:
        raise Requeue(STORE_COUNTDOWN, "the object store is away") from error


def _execute(context: WorkerContext, call: StageCall, broke_on: frozenset[str]) -> Outcome:
    plan = context.artifacts.plan(call.job_id, call.revision)
    if plan is None:
        log.warning("dropped %s: its plan is gone", call.task_id)
        return Outcome.DROPPED
    step = plan.step(call.stage, call.scene)
    return StageExecution(context, call, plan, step, broke_on).execute()


class StageExecution:
    """A call with its plan, on its way from "is it done?" to "it is done"."""

    def __init__(
        self,
        context: WorkerContext,
        call: StageCall,
        plan: Plan,
        step: Step,
        broke_on: frozenset[str],
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
        self.tried = broke_on

    def execute(self) -> Outcome:
        artifacts = self.context.artifacts
        done = artifacts.recorded(self.call.job_id, self.call.revision, self.step.name)
        if done is not None:
            return self._reuse(done)
        if not self._has_consent():
            return Outcome.DROPPED
        try:
            inputs = resolve(self.plan, self.step, artifacts)
        except InputRefused as error:
            self.events.failed(error)
            raise
        if inputs is None:
            # A step before this one failed or was dropped; control decides what follows.
            return Outcome.DROPPED
        done = self._find_cached(inputs.key(self.step))
        return self._reuse(done) if done is not None else self._compute(inputs)

    def _find_cached(self, key: str) -> Artifact | None:
        """A result that nobody is about to evict."""
        artifacts = self.context.artifacts
        if artifacts.find(key) is None:
            return None
        if not self.context.shared.claim(key, self.call, self.worker):
            raise Requeue(LEASED_COUNTDOWN, "its result is being evicted")
        return artifacts.find(key)

    def _has_consent(self) -> bool:
        """Looked at again here: between the request and this step may lie hours."""
        if not people(self.plan, self.step):
            return True
        if self.context.settings.consent == "required" and without_consent(self.plan, self.step):
            self.events.failed(ConsentRequired())
            raise ConsentRequired(stage=self.step.name)
        if self.context.artifacts.withdrawn(self.call.job_id):
            log.info("dropped %s: consent was withdrawn", self.call.task_id)
            return False
        return True

    def _reuse(self, artifact: Artifact) -> Outcome:
        self._record_result(artifact, found=True, seconds=0.0)
        return Outcome.DONE

    def _compute(self, inputs: Resolved) -> Outcome:
        engine = self.step.engine
        if not self.context.registry.has(self.step.stage, engine):
            raise Requeue(LEASED_COUNTDOWN, f"{engine.name} {engine.version} is not here")
        if self._left_to_others():
            raise Requeue(HANDOVER_COUNTDOWN, "it broke here; another worker has not tried")
        self._yield_to_warm_worker()
        try:
            with self.context.registry.place(*self._engine):
                return self._compute_under_lease(inputs)
        except GpuFull as error:
            raise Requeue(error.again_in, str(error)) from error

    def _yield_to_warm_worker(self) -> None:
        """To a worker that has the model loaded, while it has nothing to do."""
        if self.context.registry.is_warm(*self._engine):
            return
        pause = self.context.shared.pause(self.call, self.worker, self.step.engine, self.tried)
        if pause is not None:
            raise Requeue(pause, "a worker that has the model loaded is free")

    def _left_to_others(self) -> bool:
        """Whether the step has broken here, and another worker has not tried it."""
        return self.worker in self.tried and self.context.shared.others_can(
            self.call, self.worker, self.step.engine, self.tried
        )

    def _compute_under_lease(self, inputs: Resolved) -> Outcome:
        lease = self._lease(inputs.key(self.step))
        if not lease.acquire():
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
                raise Requeue(HANDOVER_COUNTDOWN, failure.code) from failure
            self._failed(failure)
            raise
        except CallsheetError as failure:
            self._failed(failure)
            raise
        finally:
            self.context.heartbeat.busy("")
        return Outcome.DONE

    def _failed(self, failure: CallsheetError) -> None:
        """Control decides what follows; of a store that is away for a while no step fails."""
        if not isinstance(failure, StoreUnavailable):
            log.warning("%s failed: %s %s", self.call.task_id, failure.code, failure.details)
            self.events.failed(failure)

    def _lease(self, key: str) -> Lease:
        context, call = self.context, self.call
        lease = Lease(context.shared, key, call, context.settings.lease_seconds, self.worker)
        lease.on_stop = subprocesses.end_all
        return lease

    def _run_and_commit(self, inputs: Resolved, lease: Lease) -> None:
        began = time.monotonic()
        log.info("%s begins", self.step.engine.name)
        self.events.started()
        place = self.context.settings.path("temp")
        derived_cache = DerivedCache(self.step, inputs, self.context.artifacts)
        with scratch.run_directory(place, self.call.task_id) as directory:
            output = self._run(inputs, directory, lease, derived_cache)
            self.context.registry.service.record_success(self._engine)
            artifact = self._commit(inputs.key(self.step), output)
        derived_cache.keep(artifact)
        seconds = time.monotonic() - began
        self._record_result(artifact, found=False, seconds=seconds)
        log.info("%s is done in %.1f s", self.step.engine.name, seconds)

    def _run(
        self, inputs: Resolved, directory: Path, lease: Lease, derived_cache: DerivedCache
    ) -> Output:
        """Run the engine; whatever it throws becomes an error of the tree here."""
        received = directory / "in"
        received.mkdir()
        step, registry = self.step, self.context.registry
        try:
            files = inputs.files(step, self.context.artifacts, received)

            def work(savings: Fallbacks) -> Output:
                made = Path(tempfile.mkdtemp(prefix="out-", dir=directory))
                ctx = StageContext(made, self.events, lease, derived_cache, savings)
                return self._run_engine(files, ctx)

            known = registry.memory_fallbacks(*self._engine)
            return registry.thrift.run(self._engine, known, work, registry.make_room)
        except Exception as error:
            if lease.stopped.is_set():  # its children were ended: whatever it makes of that
                raise Cancelled from error
            judged = self._classify(inputs, error)
            if judged is error:
                raise
            raise judged from error

    def _run_engine(self, inputs: Inputs, ctx: Context) -> Output:
        choice = self.step.engine
        engine = self._loaded()
        with tracing.span(f"engine.{choice.name}", {"version": choice.version}):
            return engine.run(inputs, ctx)

    def _classify(self, inputs: Resolved, error: Exception) -> CallsheetError:
        """What an engine has thrown, as control understands it."""
        if isinstance(error, SoftTimeLimitExceeded):
            return StageTimedOut(stage=self.step.name)
        if isinstance(error, CallsheetError) and not isinstance(error, EngineBroken):
            return error
        self._broke(inputs, error)
        if isinstance(error, EngineBroken):
            return error
        log.exception("engine %s broke in %s", self.step.engine.name, self.step.name)
        return EngineBroken(stage=self.step.name, error=type(error).__name__)

    def _loaded(self) -> Engine:
        """The engine, warm; who watches hears why nothing moves until it is."""
        registry = self.context.registry
        if registry.is_warm(*self._engine):
            return registry.ready(*self._engine)
        self.events.progress(0.0, "loading the model")
        engine = registry.ready(*self._engine)
        self.events.progress(0.0, "at work")
        return engine

    @property
    def _engine(self) -> tuple[str, str]:
        return self.step.stage, self.step.engine.name

    def _broke(self, inputs: Resolved, error: Exception) -> None:
        self.context.registry.record_failure(
            *self._engine, inputs.key(self.step), type(error).__name__
        )

    def _commit(self, key: str, output: Output) -> Artifact:
        store = self.context.artifacts
        parts = {
            name: store.put_file(path, _media_type(name)) for name, path in output.parts.items()
        }
        artifact = Artifact(key, self.step.stage, self.step.engine.name, parts, dict(output.facts))
        return store.commit(artifact)

    def _record_result(self, artifact: Artifact, *, found: bool, seconds: float) -> None:
        call = self.call
        self.context.artifacts.record(call.job_id, call.revision, call.step, artifact.key)
        self.events.completed(artifact.key, artifact.facts, found=found, seconds=seconds)


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"

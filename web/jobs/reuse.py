"""Reuse what a plan's owner has in the cache, without a message to a worker.

Dispatch finds the steps whose results exist: those of an earlier attempt in the job's manifest,
and others by their content keys. It enters them in the manifest and reports them as a worker
would. Only the remaining steps become messages; a job without any ends without waiting for a
worker.
"""

from __future__ import annotations

from functools import cached_property

from tasks.domain.artifact import Artifact
from tasks.domain.errors import InputRefused
from tasks.domain.plan import Plan, Step, people, without_consent
from tasks.domain.step_inputs import resolve
from tasks.messaging.stage_call import StageCall
from tasks.messaging.stage_events import StageEvents
from tasks.nodes.leases import is_stopped
from tasks.store.cache import mark_all_in_use
from web.services import Services

NO_WORKER = ""
"""The worker that events and reports name for a step that dispatch has reused."""

Found = dict[str, Artifact]
"""Artifacts by step."""


def find_done(services: Services, plan: Plan, *, again: bool) -> Found:
    """Find the steps that need not be computed, and protect their results from eviction.

    `again`: an earlier attempt may have entered steps in the manifest.
    """
    search = _Search(services, plan)
    entered = search.entered() if again else {}
    candidates = search.cached(entered)
    keys = {a.key for name, a in candidates.items() if name not in entered}
    if not keys:
        return candidates
    # Announced first and looked up again: an eviction may have begun meanwhile.
    return search.cached(entered, mark_all_in_use(services.redis, keys))


def report_done(services: Services, plan: Plan, attempt: int, found: Found) -> None:
    """Enter the found steps in the manifest and report them; nothing if the job was stopped."""
    if not found or is_stopped(services.redis, _call(plan, plan.steps[0], attempt)):
        return
    for name, artifact in found.items():
        step = plan.by_name[name]
        services.artifacts.record(plan.job_id, plan.revision, name, artifact.key)
        call = _call(plan, step, attempt)
        events = StageEvents(services.bus, plan, step, call, worker=NO_WORKER, device="")
        events.completed(artifact.key, artifact.facts, found=True, seconds=0.0)


def _call(plan: Plan, step: Step, attempt: int) -> StageCall:
    return StageCall(plan.job_id, plan.revision, attempt, step.stage, step.scene)


class _Search:
    """The search for the results of one plan."""

    def __init__(self, services: Services, plan: Plan) -> None:
        self._services = services
        self._plan = plan

    def entered(self) -> Found:
        """Return the steps in the manifest; their results are protected by the job."""
        of_step = self._services.artifacts.recorded_by(self._plan)
        found = {step.name: of_step(step.name) for step in self._plan.steps}
        return {name: artifact for name, artifact in found.items() if artifact is not None}

    def cached(self, entered: Found, usable: frozenset[str] | None = None) -> Found:
        """Return the steps with a result, each after those that it needs.

        `usable`: the keys that may be reused; None: all.
        """
        found: Found = {}
        for step in self._plan.steps:
            if not step.needs <= found.keys():
                continue
            artifact = entered.get(step.name) or self._by_key(step, found, usable)
            if artifact is not None:
                found[step.name] = artifact
        return found

    def _by_key(self, step: Step, found: Found, usable: frozenset[str] | None) -> Artifact | None:
        try:
            inputs = resolve(self._plan, step, found.get)
        except InputRefused:
            return None  # the worker reports it
        key = "" if inputs is None else inputs.key(step)
        if not key or (usable is not None and key not in usable) or not self._has_consent(step):
            return None
        return self._services.artifacts.find(key)

    def _has_consent(self, step: Step) -> bool:
        """Leave a step to its worker, which refuses it, if a person in it does not consent."""
        if not people(self._plan, step):
            return True
        required = self._services.settings.consent == "required"
        stated = not (required and without_consent(self._plan, step))
        return stated and not self._withdrawn

    @cached_property
    def _withdrawn(self) -> bool:
        return self._services.artifacts.withdrawn(self._plan.job_id)

"""The requests that nodes with a token may send to the controller, each with its checks.

Requests are hostile input: they are parsed by declared types, and nothing unparsed is passed on.
A request may only concern the node's own workers and steps that one of them holds. Such a step is
in a stored plan and in a queue of the token's environments, and no other worker holds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import redis

from tasks.domain.events import Event, EventType
from tasks.domain.examination import Verdict
from tasks.domain.plan import Plan, Step
from tasks.domain.wire import Malformed
from tasks.messaging import keys
from tasks.messaging.call_keys import CallKeys
from tasks.messaging.emission import Advance
from tasks.messaging.routing import queue_of
from tasks.messaging.stage_call import StageCall, completion_reference
from tasks.nodes.coordination import Coordination
from tasks.nodes.gpu_memory import Model, WorkerUsage
from tasks.nodes.provider_calls import ProviderCalls
from tasks.nodes.registry import Node
from tasks.store.artifacts import Artifacts
from tasks.telemetry.host_metrics import Usage
from web.control import node_provider_requests
from web.control.node_reading import (
    EVENTS,
    KNOWN_DETAILS,
    METRICS,
    MOST_MEMORY_MB,
    NotAllowed,
    ReportedCard,
    call_of,
    card_of,
    checked,
    environment_of,
    is_own,
    key_of,
    keys_of,
    model_of,
    providers_of,
    read,
    seconds_of,
    tenant_of,
    tried_of,
)
from web.workers.tokens import Right

HOLDER_SECONDS: Final = 86_400
LONGEST_SUBJECT: Final = 80


@dataclass(frozen=True, slots=True)
class _Step:
    """A step that a request is about, and the worker that sent it."""

    call: StageCall
    plan: Plan
    step: Step
    worker: str


@dataclass(frozen=True, slots=True)
class Requests:
    """Executes requests with the rights of the controller."""

    client: redis.Redis
    artifacts: Artifacts
    call_keys: CallKeys
    shared: Coordination = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shared", Coordination(self.client))

    @property
    def provider_calls(self) -> ProviderCalls:
        return self.shared.provider_calls

    def execute(self, right: Right, request: dict[str, Any]) -> Any:
        """Return the answer; raises `Malformed` or `NotAllowed`."""
        do = _PROCEDURES.get(read(str, request.get("do"), "what to do"))
        if do is None:
            raise Malformed("unknown request")
        return do(self, right, request)

    # --- events -----------------------------------------------------------------------

    def _emit(self, right: Right, request: dict[str, Any]) -> None:
        target = self._require_held(right, request)
        kind = read(str, request.get("type"), "its type")
        if kind not in EVENTS:
            raise NotAllowed(f"no node reports {kind!r}")
        raw = read(dict[str, Any], request.get("details"), "details")
        own = {name: raw[name] for name in raw.keys() - KNOWN_DETAILS}
        details = asdict(checked(read(EVENTS[kind], own, "details")))
        call, step = target.call, target.step
        event = Event(
            event_type=EventType(kind),
            session_id=target.plan.session_id,
            job_id=target.plan.job_id,
            stage=step.stage,
            scene=step.scene,
            message=read(str, request.get("message"), "message"),
            details={
                "attempt": call.attempt,
                "revision": call.revision,
                "engine": step.engine.name,
                "kind": step.engine.kind,
                "worker": target.worker,
                **details,
            },
        )
        share = min(max(read(float, request.get("share"), "share"), 0.0), step.weight)
        completed = event.event_type is EventType.STAGE_COMPLETED
        reference = completion_reference(call.job_id, call.revision, step.name)
        self.shared.emit(event, Advance(step.name, share), reference if completed else "")

    def _examined(self, right: Right, request: dict[str, Any]) -> None:
        """Report the verdict on a file that was sent to a queue of the token's environments."""
        worker = self._worker(right, request)
        subject = read(str, request.get("subject"), "the subject")
        session_id = read(str, request.get("session_id"), "the session")
        verdict = Verdict.from_dict(read(dict[str, Any], request.get("verdict"), "the verdict"))
        sent_to = self.client.get(keys.examination(subject))
        if len(subject) > LONGEST_SUBJECT or sent_to not in {
            f"{queue} {session_id}" for queue in right.queues
        }:
            raise NotAllowed("a file that was sent to another environment")
        self.client.delete(keys.examination(subject))
        self.shared.examined(worker, subject, session_id, verdict)

    # --- workers ----------------------------------------------------------------------

    def _beat(self, right: Right, request: dict[str, Any]) -> None:
        node = read(Node, request.get("node"), "the heartbeat")
        environment = environment_of(right, node.name)
        if node.environment != environment or METRICS.fullmatch(node.metrics) is None:
            raise NotAllowed("a heartbeat of another environment or address")
        if any(offer.environment not in right.queues for offer in node.offers if offer.ok):
            raise NotAllowed("engines of another environment")
        usage = read(Usage, node.extra.get("usage"), "usage")
        providers = providers_of(right, node)
        card = None if node.card is None else asdict(read(ReportedCard, node.card, "its card"))
        # Its running step comes from the events of stages; unknown fields are dropped.
        extra = {"usage": usage.to_dict(), "providers": providers}
        extra |= {"provider_keys": keys_of(providers, node)}
        self.shared.beat(replace(node, doing="", card=card, extra=extra))

    def _alive(self, right: Right, request: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: ARG002
        return [asdict(node) for node in self.shared.alive() if is_own(right, node.name)]

    # --- steps ------------------------------------------------------------------------

    def _take(self, right: Right, request: dict[str, Any]) -> None:
        target = self._find_step(right, request)
        self._hold_for(right, target.call.task_id, target.worker, seconds_of(request))

    def _hold(self, right: Right, request: dict[str, Any]) -> None:
        """Hold a message that the worker has taken but not started: only its id is known."""
        worker = self._worker(right, request)
        task_id = read(str, request.get("task_id"), "task id")
        try:
            call = StageCall.from_task_id(task_id)
        except ValueError:
            call = None
        if call is None or call.task_id != task_id:
            raise Malformed("not a task id")
        if call.stage not in right.stages:
            raise NotAllowed("a stage of another environment")
        self._hold_for(right, task_id, worker, seconds_of(request))

    def _acquire(self, right: Right, request: dict[str, Any]) -> bool:
        target = self._require_held(right, request)
        return self.shared.acquire(key_of(request), target.call, target.worker, seconds_of(request))

    def _release(self, right: Right, request: dict[str, Any]) -> None:
        target = self._require_held(right, request)
        self.shared.release(key_of(request), target.call, target.worker)

    def _claim(self, right: Right, request: dict[str, Any]) -> bool:
        target = self._require_held(right, request)
        return self.shared.claim(key_of(request), target.call, target.worker)

    def _note_broken(self, right: Right, request: dict[str, Any]) -> list[str]:
        target = self._require_held(right, request)
        return sorted(self.shared.note_broken(target.call, target.worker))

    def _others_can(self, right: Right, request: dict[str, Any]) -> bool:
        target = self._require_held(right, request)
        return self.shared.others_can(
            target.call, target.worker, target.step.engine, tried_of(request)
        )

    def _pause(self, right: Right, request: dict[str, Any]) -> float | None:
        target = self._require_held(right, request)
        return self.shared.pause(target.call, target.worker, target.step.engine, tried_of(request))

    # --- graphics cards ---------------------------------------------------------------

    def _admit(self, right: Right, request: dict[str, Any]) -> list[dict[str, Any]] | None:
        card, worker = card_of(request), self._worker(right, request)
        tenant, model = tenant_of(request, worker), model_of(request.get("wanted"), worker)
        evicted = self.shared.admit(card, worker, tenant, model)
        return None if evicted is None else [asdict(model) for model in evicted]

    def _tell(self, right: Right, request: dict[str, Any]) -> None:
        worker = self._worker(right, request)
        self.shared.tell(card_of(request), worker, tenant_of(request, worker))

    def _tenants(self, right: Right, request: dict[str, Any]) -> dict[str, Any]:
        tenants = self._beside(right, request)
        return {name: asdict(tenant) for name, tenant in tenants.items()}

    def _leave_card(self, right: Right, request: dict[str, Any]) -> None:
        worker = self._worker(right, request)
        self.shared.leave_card(card_of(request), worker)

    def _ask(self, right: Right, request: dict[str, Any]) -> None:
        model = read(Model, request.get("model"), "the model")
        worker = self._worker(right, request)
        if model not in [m for t in self._beside(right, request).values() for m in t.models]:
            raise NotAllowed("a model that is not on the card")
        self.shared.ask(card_of(request), worker, model)

    def _footprint(self, right: Right, request: dict[str, Any]) -> int | None:
        what = read(str, request.get("what"), "the model")
        return self.shared.footprint(f"{right.name}/{what}") or self.shared.footprint(what)

    def _measured(self, right: Right, request: dict[str, Any]) -> None:
        """Store a size for this node only: a false one would block models on other nodes."""
        what = read(str, request.get("what"), "the model")
        mb = read(int, request.get("mb"), "its size")
        if not 0 <= mb <= MOST_MEMORY_MB or len(what) > 300:
            raise Malformed("the model's size is out of range")
        self.shared.measured(f"{right.name}/{what}", mb)

    # --- checks -----------------------------------------------------------------------

    def _worker(self, right: Right, request: dict[str, Any]) -> str:
        worker = read(str, request.get("worker"), "the worker")
        environment_of(right, worker)
        return worker

    def _find_step(self, right: Right, request: dict[str, Any]) -> _Step:
        """Find a step of a stored plan in a queue of the token's environments."""
        worker = self._worker(right, request)
        call = call_of(request.get("call"))
        plan = self.artifacts.plan(call.job_id, call.revision)
        step = None if plan is None else plan.by_name.get(call.step)
        if plan is None or step is None:
            raise NotAllowed("unknown step")
        if queue_of(step) not in right.queues:
            raise NotAllowed("a step of another environment")
        return _Step(call, plan, step, worker)

    def _require_held(self, right: Right, request: dict[str, Any]) -> _Step:
        """Find a step that this worker holds or was the last to hold."""
        target = self._find_step(right, request)
        if self.client.get(keys.holder(target.call.task_id)) != target.worker:
            raise NotAllowed("a step that this worker does not hold")
        return target

    def _hold_for(self, right: Right, task_id: str, worker: str, seconds: float) -> None:
        pipe = self.client.pipeline(transaction=False)
        pipe.exists(keys.step_heartbeat(task_id))
        pipe.get(keys.holder(task_id))
        is_held, holder = pipe.execute()
        # A dead worker of the same node may still appear to hold it.
        if is_held and not (holder and is_own(right, holder)):
            raise NotAllowed("a step that another worker holds")
        self.client.set(keys.holder(task_id), worker, ex=HOLDER_SECONDS)
        self.shared.hold(task_id, worker, seconds)

    def _beside(self, right: Right, request: dict[str, Any]) -> dict[str, WorkerUsage]:
        """List the workers on a card, for a worker that is on it."""
        worker = self._worker(right, request)
        tenants = self.shared.tenants(card_of(request), worker)
        if worker not in tenants:
            raise NotAllowed("a card that this worker is not on")
        return tenants


def _about_worker(
    action: Callable[[Coordination, str], None],
) -> Callable[[Requests, Right, dict[str, Any]], None]:
    """Make a request of an action that needs nothing but the worker."""
    return lambda requests, right, request: action(
        requests.shared, requests._worker(right, request)
    )


_PROCEDURES: Final[dict[str, Callable[[Requests, Right, dict[str, Any]], Any]]] = {
    "emit": Requests._emit,
    "examined": Requests._examined,
    "beat": Requests._beat,
    "idle": _about_worker(Coordination.idle),
    "keep": _about_worker(Coordination.keep),
    "leave": _about_worker(Coordination.leave),
    "drain": _about_worker(Coordination.drain),
    "alive": Requests._alive,
    "take": Requests._take,
    "hold": Requests._hold,
    "acquire": Requests._acquire,
    "release": Requests._release,
    "claim": Requests._claim,
    "note_broken": Requests._note_broken,
    "others_can": Requests._others_can,
    "pause": Requests._pause,
    "admit": Requests._admit,
    "tell": Requests._tell,
    "tenants": Requests._tenants,
    "leave_card": Requests._leave_card,
    "ask": Requests._ask,
    "footprint": Requests._footprint,
    "measured": Requests._measured,
    **node_provider_requests.PROCEDURES,
}

"""What nodes with a token may ask of the controller: each request with its check.

A request is taken for hostile. It is read by the types that are declared here, nothing of it is
passed on unread, and it may speak of the node's own workers alone, and of steps that one of them
holds: in a queue of the token's environments, in a plan that is stored, and by no other worker.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, TypeVar

import redis

from tasks import keys
from tasks.artifacts import Artifacts
from tasks.bus import Advance
from tasks.cards import CardId, Model, Tenant
from tasks.coordination import Direct
from tasks.domain import wire
from tasks.domain.events import Event, EventType
from tasks.domain.plan import Plan, Step
from tasks.domain.wire import Malformed
from tasks.host import Usage
from tasks.nodes import Node
from tasks.routing import queue_of
from tasks.stage import StageCall, completion_reference
from web.nodes.tokens import Right

LONGEST_LEASE: Final = 120.0
HOLDER_SECONDS: Final = 86_400
MOST_MEMORY_MB: Final = 16_000_000
_JOB: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_CARD: Final = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_METRICS: Final = re.compile(r"[A-Za-z0-9_.:\[\]-]{0,255}")


T = TypeVar("T")


class NotAllowed(Exception):
    """The node must not do that; the text says why."""


@dataclass(frozen=True, slots=True)
class _Started:
    """Details of an event, beside those that the controller knows itself."""

    device: str


@dataclass(frozen=True, slots=True)
class _Advanced(_Started):
    stage_percent: float


@dataclass(frozen=True, slots=True)
class _Completed(_Advanced):
    artifact: str
    facts: dict[str, Any]
    found: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class _Failed(_Started):
    error_code: str
    user_message: str
    retryable: bool
    retry_after: float | None


_EVENTS: Final[dict[str, type[_Started]]] = {
    EventType.STAGE_STARTED: _Started,
    EventType.PROGRESS_UPDATE: _Advanced,
    EventType.STAGE_COMPLETED: _Completed,
    EventType.STAGE_FAILED: _Failed,
}
_KNOWN_DETAILS: Final = frozenset({"attempt", "revision", "engine", "kind", "worker"})


@dataclass(frozen=True, slots=True)
class _Step:
    """A step that a worker of the node speaks of."""

    call: StageCall
    plan: Plan
    step: Step
    worker: str


@dataclass(frozen=True, slots=True)
class Requests:
    """Carries requests out with the rights of the controller."""

    client: redis.Redis
    artifacts: Artifacts
    shared: Direct = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shared", Direct(self.client))

    def carry_out(self, right: Right, request: dict[str, Any]) -> Any:
        """The answer; raises `Malformed` or `NotAllowed`."""
        do = _PROCEDURES.get(read(str, request.get("do"), "what to do"))
        if do is None:
            raise Malformed("nobody knows how to do that")
        return do(self, right, request)

    # --- events -----------------------------------------------------------------------

    def _emit(self, right: Right, request: dict[str, Any]) -> None:
        of = self._held(right, request)
        kind = read(str, request.get("type"), "its type")
        if kind not in _EVENTS:
            raise NotAllowed(f"no node reports {kind!r}")
        raw = read(dict[str, Any], request.get("details"), "details")
        own = {name: raw[name] for name in raw.keys() - _KNOWN_DETAILS}
        details = asdict(_checked(read(_EVENTS[kind], own, "details")))
        call, step = of.call, of.step
        event = Event(
            event_type=EventType(kind),
            session_id=of.plan.session_id,
            job_id=of.plan.job_id,
            stage=step.stage,
            scene=step.scene,
            message=read(str, request.get("message"), "message"),
            details={
                "attempt": call.attempt,
                "revision": call.revision,
                "engine": step.engine.name,
                "kind": step.engine.kind,
                "worker": of.worker,
                **details,
            },
        )
        share = min(max(read(float, request.get("share"), "share"), 0.0), step.weight)
        completed = event.event_type is EventType.STAGE_COMPLETED
        reference = completion_reference(call.job_id, call.revision, step.name)
        self.shared.emit(event, Advance(step.name, share), reference if completed else "")

    # --- workers ----------------------------------------------------------------------

    def _beat(self, right: Right, request: dict[str, Any]) -> None:
        node = read(Node, request.get("node"), "the heartbeat")
        environment = _own(right, node.name)
        if node.environment != environment or _METRICS.fullmatch(node.metrics) is None:
            raise NotAllowed("a heartbeat of another environment or address")
        if any(offer.environment not in right.queues for offer in node.offers if offer.ok):
            raise NotAllowed("engines of another environment")
        usage = read(Usage, node.extra.get("usage"), "usage")
        card = None if node.card is None else asdict(read(_ToldCard, node.card, "its card"))
        # What it does is told by its stages; what it may not say of itself is left out.
        self.shared.beat(replace(node, doing="", card=card, extra={"usage": usage.to_dict()}))

    def _idle(self, right: Right, request: dict[str, Any]) -> None:
        self.shared.idle(self._worker(right, request))

    def _keep(self, right: Right, request: dict[str, Any]) -> None:
        self.shared.keep(self._worker(right, request))

    def _leave(self, right: Right, request: dict[str, Any]) -> None:
        self.shared.leave(self._worker(right, request))

    def _drain(self, right: Right, request: dict[str, Any]) -> None:
        self.shared.drain(self._worker(right, request))

    def _alive(self, right: Right, request: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: ARG002
        return [asdict(node) for node in self.shared.alive() if _is_own(right, node.name)]

    # --- steps ------------------------------------------------------------------------

    def _take(self, right: Right, request: dict[str, Any]) -> None:
        of = self._step(right, request)
        self._hold_for(right, of.call.task_id, of.worker, _seconds(request))

    def _hold(self, right: Right, request: dict[str, Any]) -> None:
        """Of a message that waits in the worker's hands: no more is known of it than its id."""
        worker = self._worker(right, request)
        task_id = read(str, request.get("task_id"), "task id")
        try:
            call = StageCall.from_task_id(task_id)
        except ValueError:
            call = None
        if call is None or call.task_id != task_id:
            raise Malformed("it is no task id")
        if call.stage not in right.stages:
            raise NotAllowed("a stage of another environment")
        self._hold_for(right, task_id, worker, _seconds(request))

    def _acquire(self, right: Right, request: dict[str, Any]) -> bool:
        of = self._held(right, request)
        return self.shared.acquire(_key(request), of.call, of.worker, _seconds(request))

    def _release(self, right: Right, request: dict[str, Any]) -> None:
        of = self._held(right, request)
        self.shared.release(_key(request), of.call, of.worker)

    def _claim(self, right: Right, request: dict[str, Any]) -> bool:
        of = self._held(right, request)
        return self.shared.claim(_key(request), of.call, of.worker)

    def _note_broken(self, right: Right, request: dict[str, Any]) -> list[str]:
        of = self._held(right, request)
        return sorted(self.shared.note_broken(of.call, of.worker))

    def _others_can(self, right: Right, request: dict[str, Any]) -> bool:
        of = self._held(right, request)
        return self.shared.others_can(of.call, of.worker, of.step.engine, _tried(request))

    def _pause(self, right: Right, request: dict[str, Any]) -> float | None:
        of = self._held(right, request)
        return self.shared.pause(of.call, of.worker, of.step.engine, _tried(request))

    # --- graphics cards ---------------------------------------------------------------

    def _admit(self, right: Right, request: dict[str, Any]) -> list[dict[str, Any]] | None:
        card, worker = _card(request), self._worker(right, request)
        tenant, wanted = _tenant(request, worker), _model(request.get("wanted"), worker)
        going = self.shared.admit(card, worker, tenant, wanted)
        return None if going is None else [asdict(model) for model in going]

    def _tell(self, right: Right, request: dict[str, Any]) -> None:
        worker = self._worker(right, request)
        self.shared.tell(_card(request), worker, _tenant(request, worker))

    def _tenants(self, right: Right, request: dict[str, Any]) -> dict[str, Any]:
        tenants = self._beside(right, request)
        return {name: asdict(tenant) for name, tenant in tenants.items()}

    def _leave_card(self, right: Right, request: dict[str, Any]) -> None:
        worker = self._worker(right, request)
        self.shared.leave_card(_card(request), worker)

    def _ask(self, right: Right, request: dict[str, Any]) -> None:
        model = read(Model, request.get("model"), "the model")
        worker = self._worker(right, request)
        if model not in [m for t in self._beside(right, request).values() for m in t.models]:
            raise NotAllowed("a model that is not on the card")
        self.shared.ask(_card(request), worker, model)

    def _footprint(self, right: Right, request: dict[str, Any]) -> int | None:
        what = read(str, request.get("what"), "the model")
        return self.shared.footprint(f"{right.name}/{what}") or self.shared.footprint(what)

    def _measured(self, right: Right, request: dict[str, Any]) -> None:
        """Of this node alone: what it makes up would keep models from others' cards."""
        what = read(str, request.get("what"), "the model")
        mb = read(int, request.get("mb"), "its size")
        if not 0 <= mb <= MOST_MEMORY_MB or len(what) > 300:
            raise Malformed("no model is that large")
        self.shared.measured(f"{right.name}/{what}", mb)

    # --- checks -----------------------------------------------------------------------

    def _worker(self, right: Right, request: dict[str, Any]) -> str:
        worker = read(str, request.get("worker"), "the worker")
        _own(right, worker)
        return worker

    def _step(self, right: Right, request: dict[str, Any]) -> _Step:
        """A step of a stored plan, in a queue of the token's environments."""
        worker = self._worker(right, request)
        call = _call(request.get("call"))
        plan = self.artifacts.plan(call.job_id, call.revision)
        step = None if plan is None else plan.by_name.get(call.step)
        if plan is None or step is None:
            raise NotAllowed("no plan has such a step")
        if queue_of(step) not in right.queues:
            raise NotAllowed("a step of another environment")
        return _Step(call, plan, step, worker)

    def _held(self, right: Right, request: dict[str, Any]) -> _Step:
        """The same, and this worker holds it or was the last to."""
        of = self._step(right, request)
        if self.client.get(keys.holder(of.call.task_id)) != of.worker:
            raise NotAllowed("a step that this worker does not hold")
        return of

    def _hold_for(self, right: Right, task_id: str, worker: str, seconds: float) -> None:
        pipe = self.client.pipeline(transaction=False)
        pipe.exists(keys.pulse(task_id))
        pipe.get(keys.holder(task_id))
        held, holder = pipe.execute()
        # One of its own that has died may still seem to.
        if held and not (holder and _is_own(right, holder)):
            raise NotAllowed("a step that another worker holds")
        self.client.set(keys.holder(task_id), worker, ex=HOLDER_SECONDS)
        self.shared.hold(task_id, worker, seconds)

    def _beside(self, right: Right, request: dict[str, Any]) -> dict[str, Tenant]:
        """Who is on a card, for a worker that is on it."""
        worker = self._worker(right, request)
        tenants = self.shared.tenants(_card(request), worker)
        if worker not in tenants:
            raise NotAllowed("a card that this worker is not on")
        return tenants


@dataclass(frozen=True, slots=True)
class _ToldCard:
    """A card as a heartbeat tells it."""

    id: str
    name: str
    memory_mb: int
    models: dict[str, int]


def read(kind: type[T], raw: object, name: str) -> T:
    """A value of this type, as its request says it."""
    found: T = wire.fitting(raw, kind, name)
    return found


def _own(right: Right, worker: str) -> str:
    """The environment of a worker of this node."""
    environment, _, rest = worker.partition("@")
    if len(worker) > 200 or not rest.startswith(f"{right.name}."):
        raise NotAllowed("a worker of another node")
    if environment not in right.environments:
        raise NotAllowed("a worker of another environment")
    return environment


def _is_own(right: Right, worker: str) -> bool:
    try:
        _own(right, worker)
    except NotAllowed:
        return False
    return True


def _call(raw: object) -> StageCall:
    if not isinstance(raw, list) or len(raw) != 5:
        raise Malformed("it is no call")
    job_id, revision, attempt, stage, scene = raw
    if _JOB.fullmatch(read(str, job_id, "job")) is None:
        raise Malformed("no job is called so")
    numbers = read(
        tuple[int, ...], [revision, attempt, *([] if scene is None else [scene])], "the call"
    )
    if not all(0 <= number < 1_000_000 for number in numbers):
        raise Malformed("a number is out of range")
    return StageCall(job_id, revision, attempt, read(str, stage, "stage"), scene)


def _key(request: dict[str, Any]) -> str:
    key = read(str, request.get("key"), "key")
    if _DIGEST.fullmatch(key) is None:
        raise Malformed("it is no content key")
    return key


def _seconds(request: dict[str, Any]) -> float:
    seconds = read(float, request.get("seconds"), "seconds")
    if not 0.05 <= seconds <= LONGEST_LEASE:
        raise Malformed("nobody holds anything for so long")
    return seconds


def _tried(request: dict[str, Any]) -> tuple[str, ...]:
    return read(tuple[str, ...], request.get("tried"), "who has tried")


def _card(request: dict[str, Any]) -> CardId:
    card = read(CardId, request.get("card"), "the card")
    if _CARD.fullmatch(card.name) is None or not 0 < card.memory_mb <= MOST_MEMORY_MB:
        raise Malformed("it is no card")
    return card


def _tenant(request: dict[str, Any], worker: str) -> Tenant:
    tenant = read(Tenant, request.get("tenant"), "what it holds")
    for model in tenant.models:
        _model(asdict(model), worker)
    if not 0 <= tenant.base_mb <= MOST_MEMORY_MB:
        raise Malformed("nobody holds that much")
    return tenant


def _model(raw: object, worker: str) -> Model:
    model = read(Model, raw, "the model")
    if model.worker != worker:
        raise NotAllowed("a model of another worker")
    if not 0 <= model.mb <= MOST_MEMORY_MB or len(model.name) > 200:
        raise Malformed("no model is that large")
    return model


def _checked(details: _Started) -> _Started:
    if isinstance(details, _Completed) and _DIGEST.fullmatch(details.artifact) is None:
        raise Malformed("it is no content key")
    if isinstance(details, _Failed) and _CODE.fullmatch(details.error_code) is None:
        raise Malformed("it is no code of an error")
    if isinstance(details, _Advanced) and not 0 <= details.stage_percent <= 100:
        raise Malformed("no stage is that far")
    return details


_PROCEDURES: Final[dict[str, Callable[[Requests, Right, dict[str, Any]], Any]]] = {
    "emit": Requests._emit,
    "beat": Requests._beat,
    "idle": Requests._idle,
    "keep": Requests._keep,
    "leave": Requests._leave,
    "drain": Requests._drain,
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
}

"""Parse the parts of a node's request, check their ranges and that they concern its own workers.

Every function raises `Malformed` for a wrong type or range, and `NotAllowed` for a value that
this node may not send.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeVar

from config.environments import HOSTED, queues_served
from tasks.domain import wire
from tasks.domain.events import EventType
from tasks.domain.wire import Malformed
from tasks.messaging.stage_call import StageCall
from tasks.nodes.gpu_memory import CardId, Model, WorkerUsage
from tasks.nodes.registry import Node
from web.workers.tokens import Right

LONGEST_LEASE: Final = 120.0
MOST_MEMORY_MB: Final = 16_000_000
_JOB: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_CARD: Final = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_PROVIDER: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}:[A-Za-z0-9_.-]{1,32}")
MOST_PROVIDERS: Final = 50
MOST_KEYS: Final = 200
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
METRICS: Final = re.compile(r"[A-Za-z0-9_.:\[\]-]{0,255}")


T = TypeVar("T")


class NotAllowed(Exception):
    """The node may not do this; the text says why."""


@dataclass(frozen=True, slots=True)
class Started:
    """Details of an event besides those that the controller adds."""

    device: str


@dataclass(frozen=True, slots=True)
class Advanced(Started):
    stage_percent: float


@dataclass(frozen=True, slots=True)
class Completed(Advanced):
    artifact: str
    facts: dict[str, Any]
    found: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed(Started):
    error_code: str
    user_message: str
    retryable: bool
    retry_after: float | None


EVENTS: Final[dict[str, type[Started]]] = {
    EventType.STAGE_STARTED: Started,
    EventType.PROGRESS_UPDATE: Advanced,
    EventType.STAGE_COMPLETED: Completed,
    EventType.STAGE_FAILED: Failed,
}
KNOWN_DETAILS: Final = frozenset({"attempt", "revision", "engine", "kind", "worker"})


@dataclass(frozen=True, slots=True)
class ReportedCard:
    """A GPU as a heartbeat reports it."""

    id: str
    name: str
    memory_mb: int
    models: dict[str, int]


def read(kind: type[T], raw: object, name: str) -> T:
    """Parse a value of this type."""
    value: T = wire.fitting(raw, kind, name)
    return value


def environment_of(right: Right, worker: str) -> str:
    """Return the environment of one of this node's workers."""
    environment, _, rest = worker.partition("@")
    if len(worker) > 200 or not rest.startswith(f"{right.name}."):
        raise NotAllowed("a worker of another node")
    if environment not in right.environments:
        raise NotAllowed("a worker of another environment")
    return environment


def is_own(right: Right, worker: str) -> bool:
    try:
        environment_of(right, worker)
    except NotAllowed:
        return False
    return True


def providers_of(right: Right, node: Node) -> list[str]:
    """Return the providers of hosted models of which a worker says that it has keys."""
    providers = read(tuple[str, ...], node.extra.get("providers", []), "providers")
    if providers and HOSTED not in queues_served(environment_of(right, node.name)):
        raise NotAllowed("calls to providers from another environment")
    if len(providers) > MOST_PROVIDERS or not all(map(_PROVIDER.fullmatch, providers)):
        raise Malformed("not the names of providers")
    return sorted(set(providers))


def keys_of(providers: Collection[str], node: Node) -> list[str]:
    """Return the keys of these providers that a worker says it has, as `PROVIDER:LABEL`."""
    names = read(tuple[str, ...], node.extra.get("provider_keys", []), "its keys")
    if len(names) > MOST_KEYS or not all(map(_KEY.fullmatch, names)):
        raise Malformed("not the labels of keys")
    return sorted({name for name in names if name.partition(":")[0] in providers})


def call_of(raw: object) -> StageCall:
    if not isinstance(raw, list) or len(raw) != 5:
        raise Malformed("not a stage call")
    job_id, revision, attempt, stage, scene = raw
    if _JOB.fullmatch(read(str, job_id, "job")) is None:
        raise Malformed("not a job id")
    numbers = read(
        tuple[int, ...], [revision, attempt, *([] if scene is None else [scene])], "the call"
    )
    if not all(0 <= number < 1_000_000 for number in numbers):
        raise Malformed("a number is out of range")
    return StageCall(job_id, revision, attempt, read(str, stage, "stage"), scene)


def key_of(request: dict[str, Any]) -> str:
    key = read(str, request.get("key"), "key")
    if _DIGEST.fullmatch(key) is None:
        raise Malformed("not a content key")
    return key


def seconds_of(request: dict[str, Any]) -> float:
    seconds = read(float, request.get("seconds"), "seconds")
    if not 0.05 <= seconds <= LONGEST_LEASE:
        raise Malformed("the duration is out of range")
    return seconds


def tried_of(request: dict[str, Any]) -> tuple[str, ...]:
    return read(tuple[str, ...], request.get("tried"), "tried")


def card_of(request: dict[str, Any]) -> CardId:
    card = read(CardId, request.get("card"), "the card")
    if _CARD.fullmatch(card.name) is None or not 0 < card.memory_mb <= MOST_MEMORY_MB:
        raise Malformed("not a GPU")
    return card


def tenant_of(request: dict[str, Any], worker: str) -> WorkerUsage:
    tenant = read(WorkerUsage, request.get("tenant"), "what it holds")
    for model in tenant.models:
        model_of(asdict(model), worker)
    if not 0 <= tenant.base_mb <= MOST_MEMORY_MB:
        raise Malformed("the memory is out of range")
    return tenant


def model_of(raw: object, worker: str) -> Model:
    model = read(Model, raw, "the model")
    if model.worker != worker:
        raise NotAllowed("a model of another worker")
    if not 0 <= model.mb <= MOST_MEMORY_MB or len(model.name) > 200:
        raise Malformed("the model's size is out of range")
    return model


def checked(details: Started) -> Started:
    if isinstance(details, Completed) and _DIGEST.fullmatch(details.artifact) is None:
        raise Malformed("not a content key")
    if isinstance(details, Failed) and _CODE.fullmatch(details.error_code) is None:
        raise Malformed("not an error code")
    if isinstance(details, Advanced) and not 0 <= details.stage_percent <= 100:
        raise Malformed("the percentage is out of range")
    return details

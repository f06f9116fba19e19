"""The requests of nodes with a token about calls to hosted models, each with its checks.

A node has no key with which messages of the queue `hosted` are signed: it could order clips with
the keys of other workers. So it shows a message to the controller, which grants it the calls of
that message for a while. Every other request is about a call that was granted.
"""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol

import redis

from config.environments import HOSTED, queues_served
from config.provider_keys import ProviderKey
from tasks.domain import wire
from tasks.domain.hosted import Outcome, Remote, Report, Task, Verb, artifact_key
from tasks.domain.wire import Malformed
from tasks.messaging import keys
from tasks.messaging.call_keys import CallKeys
from tasks.messaging.provider_call import SECONDS, ProviderCall
from tasks.nodes.key_limits import LONGEST_REST, NoRoom
from tasks.nodes.provider_calls import ProviderCalls
from web.control.node_reading import NotAllowed, environment_of, read, seconds_of
from web.workers.tokens import Right

SPARE_SECONDS: Final = 120
"""A report may wait for a controller for so long after the message's time limit."""
MOST_KEYS: Final = 50
_LABEL: Final = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_ID: Final = re.compile(r"[\w-]{1,64}")
_OUTCOMES: Final[dict[str, frozenset[str]]] = {
    Verb.SUBMIT: frozenset(
        {Outcome.SUBMITTED, Outcome.BUSY, Outcome.REFUSED, Outcome.UNKNOWN},
    ),
    Verb.POLL: frozenset(
        {
            *(Outcome.WAITING, Outcome.RUNNING, Outcome.READY, Outcome.FAILED),
            *(Outcome.GONE, Outcome.UNREACHED, Outcome.DAMAGED, Outcome.CANCELLED),
        }
    ),
    Verb.FETCH: frozenset({Outcome.FETCHED, Outcome.DAMAGED, Outcome.GONE, Outcome.UNREACHED}),
    Verb.CANCEL: frozenset({Outcome.CANCELLED}),
}
"""What a node may report of a call, by what it was asked to do."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A call that a worker was given, and what the controller needs to check reports of it."""

    verb: str
    provider: str
    task_id: str = ""
    artifact: str = ""
    """The content key of the clip that it is asked to fetch."""
    a_minute: int = 0
    at_once: int = 0


class Desk(Protocol):
    """What these requests are executed with."""

    @property
    def client(self) -> redis.Redis: ...
    @property
    def call_keys(self) -> CallKeys: ...
    @property
    def provider_calls(self) -> ProviderCalls: ...


def begin_call(desk: Desk, right: Right, request: dict[str, Any]) -> bool:
    """Grant the calls of a message that the controller has signed."""
    worker = _worker(right, request)
    raw = request.get("call")
    if not isinstance(raw, list) or len(raw) != 3:
        raise Malformed("not a call to a provider")
    try:
        call = ProviderCall.of_args(raw)
    except (ValueError, TypeError):
        raise Malformed("not a call to a provider") from None
    signature = read(str, request.get("signature"), "its signature")
    signed = desk.call_keys.sign(call, HOSTED)
    if not signature.isascii() or not hmac.compare_digest(signature, signed):
        raise NotAllowed("a call that was not sent to this queue")
    seconds = SECONDS[Verb(call.verb)] + SPARE_SECONDS
    pipe = desk.client.pipeline(transaction=False)
    for call_id, grant in _grants(call).items():
        text = json.dumps(asdict(grant), separators=(",", ":"))
        pipe.set(keys.provider_grant(worker, call_id), text, ex=seconds)
    pipe.execute()
    return True


def report_call(desk: Desk, right: Right, request: dict[str, Any]) -> None:
    """Pass on a report about a call that the worker was given."""
    worker = _worker(right, request)
    raw = read(dict[str, Any], request.get("report"), "the report")
    report = Report.from_json(json.dumps(raw))
    grant = _grant(desk, worker, report.call_id)
    if report.outcome not in _OUTCOMES[grant.verb]:
        raise NotAllowed(f"the outcome {report.outcome!r} of {grant.verb!r}")
    if grant.task_id and report.task_id not in ("", grant.task_id):
        raise NotAllowed("a task of another call")
    if report.artifact not in ("", grant.artifact):
        raise NotAllowed("a clip of another call")
    desk.provider_calls.report(report, worker)


def hold_call(desk: Desk, right: Right, request: dict[str, Any]) -> bool:
    worker, call_id, _ = _granted(desk, right, request)
    token, seconds = _token(request), seconds_of(request)
    return desk.provider_calls.hold(call_id, worker, token, seconds)


def renew_call(desk: Desk, right: Right, request: dict[str, Any]) -> None:
    worker, call_id, token = _held(desk, right, request)
    desk.provider_calls.renew(call_id, worker, token, seconds_of(request))


def release_call(desk: Desk, right: Right, request: dict[str, Any]) -> None:
    worker, call_id, _ = _held(desk, right, request)
    desk.provider_calls.release(call_id, worker)


def take_key(desk: Desk, right: Right, request: dict[str, Any]) -> dict[str, Any]:
    """Take room on one of the worker's keys, within the limits of the signed message."""
    _, call_id, grant = _granted(desk, right, request)
    if grant.verb != Verb.SUBMIT:
        raise NotAllowed("room on a key for a task that exists")
    labels = read(tuple[str, ...], request.get("labels"), "the labels")
    if len(labels) > MOST_KEYS or not all(map(_LABEL.fullmatch, labels)):
        raise Malformed("not the labels of keys")
    ring = [ProviderKey(grant.provider, label, "") for label in dict.fromkeys(labels)]
    a_minute, at_once = grant.a_minute, grant.at_once
    remote = Remote(grant.provider, "", "", "", a_minute=a_minute, at_once=at_once)
    taken = desk.provider_calls.limits.take(remote, ring, call_id)
    if isinstance(taken, NoRoom):
        return {"seconds": taken.seconds, "refused": taken.refused}
    return {"label": taken.label}


def release_key(desk: Desk, right: Right, request: dict[str, Any]) -> None:
    _, call_id, grant = _granted(desk, right, request)
    desk.provider_calls.limits.release(grant.provider, _label(request), call_id)


def rest_key(desk: Desk, right: Right, request: dict[str, Any]) -> None:
    """Let a key rest that the provider has limited."""
    _, call_id, key = _key(desk, right, request)
    seconds = read(float, request.get("seconds"), "seconds")
    if not 0 < seconds <= LONGEST_REST:
        raise Malformed("the duration is out of range")
    desk.provider_calls.limits.rest(key, seconds, call_id)


def refuse_key(desk: Desk, right: Right, request: dict[str, Any]) -> None:
    """Leave a key out that the provider has refused."""
    _, call_id, key = _key(desk, right, request)
    why = read(str, request.get("why"), "the reason")
    desk.provider_calls.limits.refuse(key, why, call_id)


PROCEDURES: Final = {
    "begin_call": begin_call,
    "report_call": report_call,
    "hold_call": hold_call,
    "renew_call": renew_call,
    "release_call": release_call,
    "take_key": take_key,
    "release_key": release_key,
    "rest_key": rest_key,
    "refuse_key": refuse_key,
}


# --- checks -----------------------------------------------------------------------------


def _worker(right: Right, request: dict[str, Any]) -> str:
    worker = read(str, request.get("worker"), "the worker")
    if HOSTED not in queues_served(environment_of(right, worker)):
        raise NotAllowed("a call to a provider from another environment")
    return worker


def _grants(call: ProviderCall) -> dict[str, Grant]:
    if call.verb == Verb.SUBMIT:
        purchase = call.purchase()
        remote = purchase.remote
        grant = Grant(call.verb, remote.provider, "", "", remote.a_minute, remote.at_once)
        return {purchase.call_id: grant}
    if call.verb not in _OUTCOMES:
        raise NotAllowed(f"no node of this queue does {call.verb!r}")
    return {task.call_id: _grant_of(call.verb, task) for task in call.tasks()}


def _grant_of(verb: str, task: Task) -> Grant:
    artifact = artifact_key(task) if verb == Verb.FETCH else ""
    return Grant(verb, task.remote.provider, task.task_id, artifact)


def _grant(desk: Desk, worker: str, call_id: str) -> Grant:
    """Return what a worker was given; the latest message about a call counts."""
    found: Any = desk.client.get(keys.provider_grant(worker, call_id))
    if found is None:
        raise NotAllowed("a call to a provider that this worker was not given")
    return wire.build(Grant, wire.parse(found))


def _granted(desk: Desk, right: Right, request: dict[str, Any]) -> tuple[str, str, Grant]:
    worker = _worker(right, request)
    call_id = read(str, request.get("call_id"), "the call")
    if _ID.fullmatch(call_id) is None:
        raise Malformed("not the id of a call")
    return worker, call_id, _grant(desk, worker, call_id)


def _held(desk: Desk, right: Right, request: dict[str, Any]) -> tuple[str, str, str]:
    """Require that the worker holds the call, and not another one."""
    worker, call_id, _ = _granted(desk, right, request)
    holder: Any = desk.client.get(keys.step_heartbeat(f"provider.{call_id}"))
    if holder is not None and not str(holder).startswith(f"{worker} "):
        raise NotAllowed("a call that another worker holds")
    return worker, call_id, _token(request) if "token" in request else ""


def _key(desk: Desk, right: Right, request: dict[str, Any]) -> tuple[str, str, ProviderKey]:
    worker, call_id, grant = _granted(desk, right, request)
    if grant.verb != Verb.SUBMIT:
        raise NotAllowed("a key of a call that was bought before")
    return worker, call_id, ProviderKey(grant.provider, _label(request), "")


def _label(request: dict[str, Any]) -> str:
    label = read(str, request.get("label"), "the label")
    if _LABEL.fullmatch(label) is None:
        raise Malformed("not the label of a key")
    return label


def _token(request: dict[str, Any]) -> str:
    token = read(str, request.get("token"), "the token")
    if _ID.fullmatch(token) is None:
        raise Malformed("not a token")
    return token

"""Let a node with a token change shared state through requests to the controller.

Scripts run with the rights of their caller, and Redis has no right to append to a stream without
the right to trim it. So such a node has no rights to shared keys. It adds signed requests to its
own inbox; the controller checks and executes them (`web/control/node_desk.py`) and, if the node
waits for an answer, writes it to a list of the node.

While no controller leads, requests wait in the inbox. A node that gets no answer does what is
safe: it takes no lease and requeues the step.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Collection
from dataclasses import asdict
from typing import Any, Final

import redis

from config.node_keys import NodeKey
from config.settings import Settings
from tasks.domain.events import Event
from tasks.domain.examination import Verdict
from tasks.domain.plan import EngineChoice
from tasks.messaging import keys, provider_call
from tasks.messaging.emission import Advance, Emission
from tasks.messaging.stage_call import StageCall
from tasks.nodes import gpu_memory, leases, registry
from tasks.nodes.coordination import Coordination
from tasks.nodes.gpu_memory import CardId, Model, WorkerUsage
from tasks.nodes.leases import Delivery
from tasks.nodes.provider_calls import MailboxCalls
from tasks.nodes.registry import Node

log = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 5
INBOX_LENGTH: Final = 20_000
"""Requests kept without a controller; the oldest are dropped, as after a wipe of Redis."""


class Unanswered(redis.TimeoutError):
    """No controller answered in time."""


class Refused(redis.ResponseError):
    """The controller refused the request; the text says why."""


def sign(secret: bytes, token: str, request: str) -> str:
    """Sign a request of a node."""
    return hmac.new(secret, f"{token}\n{request}".encode(), hashlib.sha256).hexdigest()


def coordinate(settings: Settings, client: redis.Redis) -> Coordination:
    """Return the coordination of this process: with a token, through the controller."""
    key = settings.node_key
    return Coordination(client) if key is None else Mailbox(client, key)


class Mailbox(Coordination):
    """Coordination through the controller."""

    def __init__(self, client: redis.Redis, key: NodeKey) -> None:
        # Without `super().__init__`, which makes what only a worker with full rights needs.
        self._client = client
        self._key = key
        self._provider_calls = MailboxCalls(self)

    # --- events -----------------------------------------------------------------------

    def emit(self, event: Event, advance: Advance | None = None, reference: str = "") -> Event:  # noqa: ARG002
        """Report an event; the controller knows the reference and assigns the id."""
        details = event.details
        scene = event.scene
        call = [event.job_id, details["revision"], details["attempt"], event.stage, scene]
        self.send(
            "emit",
            call=call,
            worker=details["worker"],
            type=event.event_type.value,
            message=event.message,
            details=details,
            share=advance.share if advance else 0.0,
        )
        return event

    def examined(self, worker: str, subject: str, session_id: str, verdict: Verdict) -> None:
        what = {"subject": subject, "session_id": session_id, "verdict": verdict.to_dict()}
        self.send("examined", worker=worker, **what)

    # --- workers ----------------------------------------------------------------------

    def beat(self, node: Node) -> None:
        self.send("beat", worker=node.name, node=asdict(node))

    def idle(self, worker: str) -> None:
        self.send("idle", worker=worker)

    def keep(self, worker: str) -> None:
        self.send("keep", worker=worker)

    def leave(self, worker: str) -> None:
        self.send("leave", worker=worker)

    def drain(self, worker: str) -> None:
        self.send("drain", worker=worker)

    def drained(self, worker: str) -> bool:
        return registry.is_draining(self._client, worker)

    def alive(self) -> list[Node]:
        answer = self.request("alive")
        return [Node.from_json(json.dumps(node)) for node in answer]

    # --- steps ------------------------------------------------------------------------

    def take(self, call: StageCall, worker: str, seconds: float) -> Delivery:
        self.send("take", call=call.args, worker=worker, seconds=seconds)
        return leases.read_delivery(self._client, call)

    def hold(self, task_id: str, worker: str, seconds: float) -> None:
        if task_id.startswith(f"{provider_call.TASK}."):
            return  # such a call is held when it begins
        self.send("hold", task_id=task_id, worker=worker, seconds=seconds)

    def stopped(self, call: StageCall) -> bool:
        return leases.is_stopped(self._client, call)

    def acquire(self, key: str, call: StageCall, worker: str, seconds: float) -> bool:
        return bool(
            self.request_safely(
                "acquire", False, key=key, call=call.args, worker=worker, seconds=seconds
            )
        )

    def start(self, key: str, call: StageCall, worker: str, seconds: float, started: Event) -> bool:
        acquired = self.acquire(key, call, worker, seconds)
        if acquired:
            self.emit(started)
        return acquired

    def renew(self, key: str, call: StageCall, worker: str, seconds: float) -> None:
        self.send("acquire", key=key, call=call.args, worker=worker, seconds=seconds)

    def release(self, key: str, call: StageCall, worker: str) -> None:
        self.send("release", key=key, call=call.args, worker=worker)

    def finish(self, key: str, call: StageCall, worker: str, last: Emission) -> Event:
        emitted = self.emit(last.event, last.advance, last.reference)
        self.release(key, call, worker)
        return emitted

    def claim(self, key: str, call: StageCall, worker: str) -> bool:
        return bool(self.request_safely("claim", False, key=key, call=call.args, worker=worker))

    def note_broken(self, call: StageCall, worker: str) -> frozenset[str]:
        return frozenset(
            self.request_safely("note_broken", [worker], call=call.args, worker=worker)
        )

    def others_can(
        self,
        call: StageCall,
        worker: str,
        engine: EngineChoice,  # noqa: ARG002  the controller reads it in the plan
        tried: Collection[str],
    ) -> bool:
        wanted = {"call": call.args, "worker": worker, "tried": sorted(tried)}
        return bool(self.request_safely("others_can", False, **wanted))

    def pause(
        self,
        call: StageCall,
        worker: str,
        engine: EngineChoice,  # noqa: ARG002  the controller reads it in the plan
        tried: Collection[str],
    ) -> float | None:
        wanted = {"call": call.args, "worker": worker, "tried": sorted(tried)}
        seconds: float | None = self.request_safely("pause", None, **wanted)
        return seconds

    # --- graphics cards ---------------------------------------------------------------

    def clock(self) -> float:
        return registry.clock(self._client)

    def admit(
        self, card: CardId, worker: str, tenant: WorkerUsage, wanted: Model
    ) -> list[Model] | None:
        sent = {"tenant": asdict(tenant), "wanted": asdict(wanted)}
        answer = self.request_safely("admit", None, card=asdict(card), worker=worker, **sent)
        return None if answer is None else [Model(**model) for model in answer]

    def tell(self, card: CardId, worker: str, tenant: WorkerUsage) -> None:
        self.send("tell", card=asdict(card), worker=worker, tenant=asdict(tenant))

    def tenants(self, card: CardId, worker: str) -> dict[str, WorkerUsage]:
        answer = self.request_safely("tenants", {}, card=asdict(card), worker=worker)
        return {
            name: WorkerUsage(tuple(Model(**model) for model in usage["models"]), usage["base_mb"])
            for name, usage in answer.items()
        }

    def leave_card(self, card: CardId, worker: str) -> None:
        self.send("leave_card", card=asdict(card), worker=worker)

    def ask(self, card: CardId, worker: str, model: Model) -> None:
        self.send("ask", card=asdict(card), worker=worker, model=asdict(model))

    def asked(self, worker: str, seconds: int) -> str:
        return gpu_memory.unload_requests(self._client, worker, seconds)

    def footprint(self, what: str) -> int | None:
        known: int | None = self.request_safely("footprint", None, what=what)
        return known

    def measured(self, what: str, mb: int) -> None:
        self.send("measured", what=what, mb=mb)

    # --- requests ----------------------------------------------------------------------

    def send(self, do: str, **arguments: Any) -> None:
        self._add(self._client, "", do, arguments)

    def request(self, do: str, **arguments: Any) -> Any:
        """Send a request and wait for its answer, in one round trip."""
        request_id = secrets.token_hex(8)
        pipe = self._client.pipeline(transaction=False)
        self._add(pipe, request_id, do, arguments)
        pipe.blpop([keys.answer(self._key.name, request_id)], timeout=ANSWER_SECONDS)
        _, answer = pipe.execute()
        if answer is None:
            raise Unanswered(f"no controller answered {do!r}")
        read = json.loads(answer[1])
        if "refused" in read:
            raise Refused(f"{do!r}: {read['refused']}")
        return read["value"]

    def request_safely(self, do: str, otherwise: Any, **arguments: Any) -> Any:
        """Return the answer, or a safe value if there is none."""
        try:
            return self.request(do, **arguments)
        except (Unanswered, Refused) as error:
            log.info(
                "controller did not answer, continuing with the safe default",
                extra={"error": str(error)},
            )
            return otherwise

    def _add(
        self, client: redis.Redis, request_id: str, do: str, arguments: dict[str, Any]
    ) -> None:
        request = json.dumps({"id": request_id, "do": do, **arguments}, separators=(",", ":"))
        signature = sign(self._key.secret, self._key.name, request)
        client.xadd(
            keys.inbox(self._key.name),
            {"request": request, "signature": signature},
            maxlen=INBOX_LENGTH,
        )

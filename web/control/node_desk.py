"""Execute the requests of nodes that have a token (`tasks/nodes/mailbox.py`).

This runs in its own thread, so that live events continue while the controller writes a
transaction. Only the leader reads, so that the requests of a node keep their order. A request is
deleted after its execution; if the leader dies in between, it is executed again, which changes
nothing.
"""

from __future__ import annotations

import hmac
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import redis

from tasks.domain import wire
from tasks.domain.errors import StoreUnavailable
from tasks.domain.wire import Malformed
from tasks.messaging import chord_scripts, keys, redis_client
from tasks.messaging.call_keys import CallKeys
from tasks.messaging.redis_client import connect
from tasks.nodes.mailbox import INBOX_LENGTH, sign
from web.control.node_reading import NotAllowed
from web.control.node_requests import Requests
from web.dead_letters import letters
from web.dead_letters.letters import Letter
from web.dead_letters.outages import is_outage
from web.services import Services
from web.workers import tokens
from web.workers.tokens import Right

log = logging.getLogger(__name__)

REFRESH_SECONDS: Final = 2.0
"""How long it takes at most to notice a new token, and to restore scripts after a wipe."""
REST_SECONDS: Final = 0.5
BLOCK_MS: Final = 500
AT_ONCE: Final = 100
"""Requests of one node before the next node's turn."""
ANSWER_SECONDS: Final = 30
MOST_LETTERS: Final = 50
"""Refused requests that wait to be stored; the oldest are discarded."""
LONGEST_REQUEST: Final = 256 * 1024


class Forged(Malformed):
    """The request is not signed with the node's key."""


_KINDS: Final[dict[type[Exception], str]] = {
    Forged: "forged",
    Malformed: "odd",
    NotAllowed: "forbidden",
}

Refused = Callable[[str, str], None]
"""Counts a refused request by node and reason."""


class NodeDesk:
    """Executes the requests of nodes while this process leads."""

    def __init__(self, services: Services, refused: Refused, is_leader: Callable[[], bool]) -> None:
        self._secret = services.secret_key
        self._client = connect(services.settings)
        self._requests = Requests(
            self._client, services.artifacts, CallKeys.derive(services.secret_key)
        )
        self._refused = refused
        self._letters: deque[Letter] = deque(maxlen=MOST_LETTERS)
        self._is_leader = is_leader
        self._rights: dict[str, Right] = {}
        self._next_refresh = 0.0
        self._stop_event = threading.Event()
        self._thread = threading.Thread(target=self._run, name="node-desk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop_event.set()
        self._thread.join(timeout=5)

    def refusals(self) -> list[Letter]:
        """Take the requests refused since the last call; the controller stores them."""
        return [self._letters.popleft() for _ in range(len(self._letters))]

    def _run(self) -> None:
        while not self._stop_event.is_set():
            try:
                if not self._is_leader():
                    self._stop_event.wait(REST_SECONDS)
                else:
                    self.turn()
            except (redis.RedisError, StoreUnavailable) as error:
                log.warning("requests of nodes wait", extra=redis_client.reason(error))
                self._stop_event.wait(REST_SECONDS)
            except Exception:
                # An unknown error must not stop the next requests.
                log.exception("node desk failed")
                self._stop_event.wait(REST_SECONDS)

    def turn(self, block_ms: int = BLOCK_MS) -> None:
        """Execute the requests that have arrived, or wait briefly for one."""
        self._refresh()
        if not self._rights:
            self._stop_event.wait(REST_SECONDS)
            return
        inboxes: Any = {keys.inbox(name): "0" for name in self._rights}
        answer: Any = self._client.xread(inboxes, count=AT_ONCE, block=block_ms)
        for inbox, entries in answer or []:
            right = self._rights[inbox.removeprefix(keys.inbox(""))]
            for entry_id, entry in entries:
                self._take(right, entry)
                self._client.xdel(inbox, entry_id)

    def _refresh(self) -> None:
        if time.monotonic() < self._next_refresh:
            return
        self._next_refresh = time.monotonic() + REFRESH_SECONDS
        self._rights = {right.name: right for right in tokens.rights(self._client, self._secret)}
        if self._rights:
            chord_scripts.load(self._client)
        for name in self._rights:
            self._client.xtrim(keys.inbox(name), maxlen=INBOX_LENGTH, approximate=True)

    def _take(self, right: Right, entry: dict[str, str]) -> None:
        """Execute one request; an error in it affects no other request."""
        request: dict[str, Any] = {}
        try:
            request = _verified(right, entry)
            answer = {"value": self._requests.execute(right, request)}
        except (Malformed, NotAllowed) as refused:
            self._refuse(right, request, entry, refused)
            answer = {"refused": str(refused)}
        except Exception as error:
            if is_outage(error):
                raise  # the request is tried again
            log.exception("request of a node failed", extra={"node": right.name})
            self._refused(right.name, type(error).__name__)
            answer = {"refused": "The request failed."}
        self._answer(right, request.get("id"), answer)

    def _refuse(
        self, right: Right, request: dict[str, Any], entry: dict[str, str], refused: Exception
    ) -> None:
        self._refused(right.name, _KINDS[type(refused)])
        name, text = f"node {right.name}", entry.get("request", "")
        self._letters.append(Letter.about(letters.REQUEST, name, text, refused))
        what = {"node": right.name, "request": repr(request.get("do")), "reason": str(refused)}
        log.warning("request of a node refused", extra=what)

    def _answer(self, right: Right, request_id: object, answer: dict[str, Any]) -> None:
        if not isinstance(request_id, str) or not request_id.isalnum() or len(request_id) > 32:
            return
        pipe = self._client.pipeline(transaction=False)
        pipe.rpush(keys.answer(right.name, request_id), json.dumps(answer))
        pipe.expire(keys.answer(right.name, request_id), ANSWER_SECONDS)
        pipe.execute()


def _verified(right: Right, entry: dict[str, str]) -> dict[str, Any]:
    """Read the request of an entry; raise `Forged` unless this node has signed it."""
    text, signature = entry.get("request", ""), entry.get("signature", "")
    if len(text) > LONGEST_REQUEST:
        raise Malformed("the request is too long")
    try:
        signed = hmac.compare_digest(signature, sign(right.secret, right.name, text))
    except (TypeError, UnicodeEncodeError):
        signed = False
    if not signed:
        raise Forged("the signature is wrong")
    request = wire.parse(text)
    if not isinstance(request, dict):
        raise Malformed("the request is not an object")
    return request

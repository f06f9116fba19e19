"""What the calls to hosted models share: who works on one, the limits of keys, and the reports.

A worker with full rights to Redis reads and writes it there (`ProviderCalls`). A node with a token
asks the controller (`MailboxCalls`), which knows from the signed message which calls it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, Protocol

import redis

from config.provider_keys import ProviderKey
from tasks.domain.hosted import Remote, Report
from tasks.messaging import keys
from tasks.messaging.provider_call import ProviderCall, send_report
from tasks.nodes.key_limits import KeyLimits, Limits, NoRoom, rest_seconds

NO_ANSWER_SECONDS = 5.0
"""When to ask again for room on a key if no controller answers."""


class ProviderCalls:
    """The operations of a worker on calls, with full rights to Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self.limits: Limits = KeyLimits(client)

    def begin(self, call: ProviderCall, signature: str, worker: str) -> bool:  # noqa: ARG002
        """Return whether this worker may run a message; its broker has verified it."""
        return True

    def report(self, report: Report, worker: str) -> None:
        """Report what came of a call."""
        send_report(self._client, replace(report, worker=worker))

    def hold(self, call_id: str, worker: str, token: str, seconds: float) -> bool:
        """Hold a call; False if another worker holds it."""
        key = keys.step_heartbeat(f"provider.{call_id}")
        value = f"{worker} {token}"
        return bool(self._client.set(key, value, nx=True, px=round(1000 * seconds)))

    def renew(self, call_id: str, worker: str, token: str, seconds: float) -> None:
        """Hold a call for longer."""
        key = keys.step_heartbeat(f"provider.{call_id}")
        self._client.set(key, f"{worker} {token}", px=round(1000 * seconds))

    def release(self, call_id: str, worker: str) -> None:  # noqa: ARG002
        """Let others work on a call."""
        self._client.delete(keys.step_heartbeat(f"provider.{call_id}"))


class Requesting(Protocol):
    """Requests to the controller (`tasks/nodes/mailbox.py`)."""

    def send(self, do: str, **arguments: Any) -> None:
        """Send a request that has no answer."""

    def request(self, do: str, **arguments: Any) -> Any:
        """Return the answer to a request; raises if there is none, or if it is refused."""

    def request_safely(self, do: str, otherwise: Any, **arguments: Any) -> Any:
        """Return the answer to a request, or this value if there is none."""


class MailboxCalls(ProviderCalls):
    """The same through the controller."""

    def __init__(self, mailbox: Requesting) -> None:
        # Without `super().__init__`, which makes what only a worker with full rights needs.
        self._mailbox = mailbox
        self._worker = ""
        self.limits = _MailboxLimits(mailbox)

    def begin(self, call: ProviderCall, signature: str, worker: str) -> bool:
        """Show the message to the controller, which alone can tell that it has sent it."""
        self.limits = _MailboxLimits(self._mailbox, worker)
        sent = {"call": call.args, "signature": signature}
        return bool(self._mailbox.request("begin_call", worker=worker, **sent))

    def report(self, report: Report, worker: str) -> None:
        told = {name: value for name, value in asdict(report).items() if value not in (None, "")}
        self._mailbox.send("report_call", worker=worker, report=told)

    def hold(self, call_id: str, worker: str, token: str, seconds: float) -> bool:
        sent = {"call_id": call_id, "token": token, "seconds": seconds}
        return bool(self._mailbox.request_safely("hold_call", False, worker=worker, **sent))

    def renew(self, call_id: str, worker: str, token: str, seconds: float) -> None:
        sent = {"call_id": call_id, "token": token, "seconds": seconds}
        self._mailbox.send("renew_call", worker=worker, **sent)

    def release(self, call_id: str, worker: str) -> None:
        self._mailbox.send("release_call", worker=worker, call_id=call_id)


class _MailboxLimits:
    """The limits of keys, as the controller keeps them."""

    def __init__(self, mailbox: Requesting, worker: str = "") -> None:
        self._mailbox = mailbox
        self._worker = worker

    def take(
        self,
        remote: Remote,  # noqa: ARG002  the controller reads it in the message
        ring: Sequence[ProviderKey],
        call_id: str,
    ) -> ProviderKey | NoRoom:
        labels = [key.label for key in ring]
        nothing = {"seconds": NO_ANSWER_SECONDS, "refused": False}
        sent = {"worker": self._worker, "call_id": call_id, "labels": labels}
        answer = self._mailbox.request_safely("take_key", nothing, **sent)
        if "label" in answer:
            return next(key for key in ring if key.label == answer["label"])
        return NoRoom(answer["seconds"], refused=answer["refused"])

    def release(self, provider: str, label: str, call_id: str) -> None:  # noqa: ARG002
        self._mailbox.send("release_key", worker=self._worker, call_id=call_id, label=label)

    def rest(self, key: ProviderKey, seconds: float | None, call_id: str) -> float:
        pause = rest_seconds(seconds)
        sent = {"worker": self._worker, "call_id": call_id, "label": key.label}
        self._mailbox.send("rest_key", seconds=pause, **sent)
        return pause

    def refuse(self, key: ProviderKey, why: str, call_id: str) -> None:
        sent = {"worker": self._worker, "call_id": call_id, "label": key.label}
        self._mailbox.send("refuse_key", why=why[:200], **sent)

"""Sign calls to workers, so that a worker runs only what the control plane has dispatched.

Each queue has a key, derived from the secret of the installation. A node with a token gets the
keys of its own queues, so it can forge calls for these queues only. (A public key would prevent
even that, but needs a package that not every environment has.)

The signature is a header of the message and covers the call and its queue. A worker sends the
next links of its chain with the headers that the dispatcher set.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from config.environments import ENVIRONMENTS, HOSTED
from config.settings import Settings
from tasks.messaging import cluster_secret, compression, examination_call, provider_call
from tasks.messaging.examination_call import ExaminationCall
from tasks.messaging.provider_call import ProviderCall
from tasks.messaging.routing import STAGE_TASKS
from tasks.messaging.stage_call import StageCall

Call = StageCall | ExaminationCall | ProviderCall

HEADER: Final = "callsheet_signature"


class CallKeys:
    """The signing keys of a set of queues."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = keys

    @classmethod
    def derive(cls, secret: bytes, queues: Iterable[str] = ENVIRONMENTS) -> CallKeys:
        """Derive the keys of these queues."""
        return cls({queue: queue_key(secret, queue) for queue in queues})

    def sign(self, call: Call, queue: str) -> str:
        """Sign a call that is sent to this queue."""
        signed = json.dumps([queue, *call.args], separators=(",", ":")).encode()
        return hmac.new(self._keys[queue], signed, hashlib.sha256).hexdigest()

    def refusal(self, queue: str, message: Mapping[str, Any]) -> str:
        """Return why a message is rejected; empty for a call that was dispatched to this queue."""
        try:
            call = _call(message)
            signature = message["headers"].get(HEADER)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as odd:
            return f"not a call ({type(odd).__name__})"
        if not isinstance(signature, str) or not signature.isascii():
            return "not signed"
        if not hmac.compare_digest(signature, self.sign(call, queue)):
            return "wrong signature"
        return ""


class WorkerCallKeys:
    """The keys of a worker: those of its token, or else those of the installation.

    A token has no key of the queue `hosted`: with it, a node could order clips that other workers
    pay for. It asks the controller instead (`tasks/nodes/provider_calls.py`).
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._asks = settings.node_key is not None
        self._keys = None if settings.node_key is None else CallKeys(settings.node_key.queues)

    def refusal(self, queue: str, message: Mapping[str, Any]) -> str:
        """Return why a message is rejected; without a key, no message is rejected."""
        if self._asks and queue == HOSTED:
            return _odd_provider_call(message)  # the controller is asked when it begins
        if self._keys is None:
            # Retried until found: the control plane may start after its workers.
            secret = cluster_secret.find(self._settings)
            self._keys = None if secret is None else CallKeys.derive(secret)
        return "" if self._keys is None else self._keys.refusal(queue, message)


def queue_key(secret: bytes, queue: str) -> bytes:
    """Derive the key of a queue."""
    return cluster_secret.derive(secret, f"stage calls of {queue}")


def _odd_provider_call(message: Mapping[str, Any]) -> str:
    """Return why a message is no call to a provider; empty if it is one."""
    try:
        call = _call(message)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as odd:
        return f"not a call ({type(odd).__name__})"
    return "" if isinstance(call, ProviderCall) else "not a call to a provider"


def _call(message: Mapping[str, Any]) -> Call:
    """Parse the call in an untrusted message."""
    headers, properties = message["headers"], message["properties"]
    body = base64.b64decode(message["body"], validate=True)
    compressed = headers.get("compression")
    if compressed not in (None, compression.CONTENT_TYPE):
        raise ValueError("the compression is unknown")
    args, kwargs, embedded = json.loads(compression.decompress(body) if compressed else body)
    if kwargs or not isinstance(embedded, dict):
        raise ValueError("the message has more than a call")
    call = _parsed(headers["task"], args)
    if headers["id"] != call.task_id:
        raise ValueError("the id is that of another call")
    if not isinstance(properties["delivery_tag"], str):
        raise TypeError("the delivery tag is missing")
    return call


def _parsed(task: Any, args: Any) -> Call:
    if task == examination_call.TASK:
        return ExaminationCall.of_args(args)
    if task == provider_call.TASK:
        return ProviderCall.of_args(args)
    return _stage_call(task, args)


def _stage_call(task: Any, args: Any) -> StageCall:
    job_id, revision, attempt, stage, scene = args
    numbers = [revision, attempt, *([] if scene is None else [scene])]
    if not isinstance(job_id, str):
        raise TypeError("the job is not a text")
    if any(type(number) is not int for number in numbers):
        raise TypeError("an argument is not a whole number")
    if task != STAGE_TASKS[stage]:
        raise ValueError("the name is that of another call")
    return StageCall(job_id, revision, attempt, stage, scene)

"""The key that is issued with a node's token: its name and its signing and verifying secrets.

`NAME:SECRET:QUEUE=KEY,QUEUE=KEY`, with all secrets in hexadecimal digits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SECRET = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class NodeKey:
    """The key of one node."""

    name: str
    secret: bytes = field(repr=False)
    """Signs the node's requests to the controller."""
    queues: Mapping[str, bytes] = field(repr=False)
    """Verifies the stage calls in each of its queues."""

    def __str__(self) -> str:
        queues = ",".join(f"{name}={key.hex()}" for name, key in self.queues.items())
        return f"{self.name}:{self.secret.hex()}:{queues}"


def parse(text: str) -> NodeKey:
    """Parse the setting `NODE_KEY`.

    >>> parse(f"gpu-1:{'0' * 64}:xtts={'1' * 64}").name
    'gpu-1'
    """
    name, secret, listed = text.strip().split(":")
    queues = dict(entry.split("=") for entry in listed.split(",") if entry)
    if NAME.fullmatch(name) is None or not all(map(_SECRET.fullmatch, (secret, *queues.values()))):
        raise ValueError("not NAME:SECRET:QUEUE=KEY")
    keys = {queue: bytes.fromhex(key) for queue, key in queues.items()}
    return NodeKey(name, bytes.fromhex(secret), keys)

"""Tokens of worker nodes: an ACL user of Redis each, with the rights of `tasks/nodes/rights.py`.

Redis itself is the register: there is no second list that could say something else.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import redis

from config.environments import ENVIRONMENTS, queues_served
from config.node_keys import NAME, NodeKey
from tasks.messaging import chord_scripts, cluster_secret, keys
from tasks.messaging.call_keys import queue_key
from tasks.nodes.rights import environments_of, rule

PREFIX: Final = "callsheet-node-"
FIRST_VERSION: Final = (7, 0)
INTRODUCES_ITSELF: Final = (7, 2)
"""From here on Redis knows the command by which its clients say what they are."""
_DIGEST: Final = re.compile(r"#([0-9a-f]{64})")


class NodeRefused(Exception):
    """No token was made or taken back; the text says why."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a new node is told, and what Redis is."""

    name: str
    redis_url: str
    """With the password, which nobody can read anywhere after this."""
    key: NodeKey
    """What the node signs its requests with, and verifies its calls."""
    acl: str
    """The line of an ACL file; it holds a digest of the password."""
    kept: bool
    """Whether Redis has written it into its ACL file."""


@dataclass(frozen=True, slots=True)
class KnownNode:
    """A token that is in force."""

    name: str
    environments: tuple[str, ...]
    connections: int


@dataclass(frozen=True, slots=True)
class Right:
    """What the controller knows of a token whose requests it checks."""

    name: str
    environments: tuple[str, ...]
    secret: bytes = field(repr=False)
    """Signs its requests."""

    @property
    def queues(self) -> frozenset[str]:
        """What its workers take steps from."""
        return frozenset(q for name in self.environments for q in queues_served(name))

    @property
    def stages(self) -> frozenset[str]:
        """What its workers can do."""
        return frozenset(s for name in self.environments for s in ENVIRONMENTS[name].stages)


def create(
    client: redis.Redis, url: str, name: str, environments: Sequence[str], secret: bytes
) -> Token:
    """Make a user for a node; one of that name gets a new password, key and these rights.

    The keys are derived from the secret of the installation, so nobody has to keep them.
    """
    if NAME.fullmatch(name) is None:
        raise NodeRefused(f"{name!r} is no name of a node: letters a-z, digits and -")
    if urlsplit(url).scheme not in ("redis", "rediss"):
        raise NodeRefused("a node needs a Redis with a network address; REDIS_URL names a socket")
    version = _version(client)
    if version < FIRST_VERSION:
        raise NodeRefused(f"tokens of nodes need Redis 7 or newer; this is {_said(version)}")
    password = secrets.token_hex(32)
    digest = hashlib.sha256(password.encode()).hexdigest()
    rights = ["reset", "on", f"#{digest}", *rule(name, environments, _database(url))]
    if version >= INTRODUCES_ITSELF:
        rights.append("+client|setinfo")
    chord_scripts.load(client)
    # redis-py's own method knows no selectors.
    client.execute_command("ACL SETUSER", PREFIX + name, *rights)  # type: ignore[no-untyped-call]
    acl = " ".join(["user", PREFIX + name, *rights])
    queues = dict.fromkeys(q for one in environments for q in queues_served(one))
    key = NodeKey(
        name, _request_key(secret, name, digest), {q: queue_key(secret, q) for q in queues}
    )
    return Token(name, _with_user(url, PREFIX + name, password), key, acl, _saved(client))


def rights(client: redis.Redis, secret: bytes) -> list[Right]:
    """The tokens whose requests the controller carries out."""
    users: Any = client.acl_list()
    found = []
    for line in users:
        _, user, told = line.split(" ", 2)
        digest = _DIGEST.search(told)
        if user.startswith(PREFIX) and digest is not None:
            name = user.removeprefix(PREFIX)
            key = _request_key(secret, name, digest[1])
            found.append(Right(name, tuple(environments_of(told)), key))
    return found


def _request_key(secret: bytes, name: str, digest: str) -> bytes:
    """Of one token: one that is made again has another."""
    return cluster_secret.derive(secret, f"requests of {name} {digest}")


def known(client: redis.Redis) -> list[KnownNode]:
    """Every token in force, by name."""
    users: Any = client.acl_list()
    listed: Any = client.client_list()
    connections = Counter(connection.get("user", "") for connection in listed)
    found = []
    for line in users:
        _, user, rights = line.split(" ", 2)
        if user.startswith(PREFIX):
            environments = tuple(environments_of(rights))
            found.append(KnownNode(user.removeprefix(PREFIX), environments, connections[user]))
    return sorted(found, key=lambda node: node.name)


def revoke(client: redis.Redis, name: str) -> bool:
    """End a token and every connection that was made with it; whether Redis's file has it, too."""
    if not client.acl_deluser(PREFIX + name):
        raise NodeRefused(f"there is no node {name!r}; `callsheet node list` says which there are")
    client.delete(keys.inbox(name))
    return _saved(client)


def _version(client: redis.Redis) -> tuple[int, ...]:
    told: Any = client.info("server")
    return tuple(int(part) for part in str(told["redis_version"]).split(".")[:2])


def _said(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _saved(client: redis.Redis) -> bool:
    """Whether it outlives a restart of Redis by itself."""
    try:
        return bool(client.acl_save())
    except redis.ResponseError:
        return False  # there is no ACL file


def _database(url: str) -> int:
    return int(urlsplit(url).path.strip("/") or 0)


def _with_user(url: str, user: str, password: str) -> str:
    """The same Redis, seen by somebody else."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{user}:{password}@{host}").geturl()

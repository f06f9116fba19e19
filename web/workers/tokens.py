"""Tokens of worker nodes: each is a Redis ACL user with the rights of `tasks/nodes/rights.py`.

Redis is the only register of tokens, so there is no second list that could differ.
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

from config.environments import ENVIRONMENTS, HOSTED, queues_served
from config.node_keys import NAME, NodeKey
from tasks.messaging import chord_scripts, cluster_secret, keys
from tasks.messaging.call_keys import queue_key
from tasks.nodes.rights import environments_of, rule

PREFIX: Final = "callsheet-node-"
FIRST_VERSION: Final = (7, 0)
HAS_SETINFO: Final = (7, 2)
"""The first version of Redis with `CLIENT SETINFO`."""
_DIGEST: Final = re.compile(r"#([0-9a-f]{64})")


class NodeRefused(Exception):
    """No token was created or revoked; the message says why."""


@dataclass(frozen=True, slots=True)
class Token:
    """The credentials of a new node and the ACL rule that admits it."""

    name: str
    redis_url: str
    """Includes the password, which is not stored and cannot be read again."""
    key: NodeKey
    """Signs the node's requests and verifies its calls."""
    acl: str
    """The line for an ACL file; it contains a digest of the password."""
    kept: bool
    """Whether Redis has saved it to its ACL file."""


@dataclass(frozen=True, slots=True)
class KnownNode:
    """A valid token and its open connections."""

    name: str
    environments: tuple[str, ...]
    connections: int


@dataclass(frozen=True, slots=True)
class Right:
    """A token as the controller needs it to check requests."""

    name: str
    environments: tuple[str, ...]
    secret: bytes = field(repr=False)
    """Signs the node's requests."""

    @property
    def queues(self) -> frozenset[str]:
        """The queues that its workers consume."""
        return frozenset(q for name in self.environments for q in queues_served(name))

    @property
    def stages(self) -> frozenset[str]:
        """The stages that its workers can run."""
        return frozenset(s for name in self.environments for s in ENVIRONMENTS[name].stages)


def create(
    client: redis.Redis, url: str, name: str, environments: Sequence[str], secret: bytes
) -> Token:
    """Create a token; an existing one of that name gets a new password, key and rights.

    The keys are derived from the installation's secret, so they need not be stored.
    """
    if NAME.fullmatch(name) is None:
        raise NodeRefused(f"{name!r} is not a valid node name: use letters a-z, digits and -")
    if urlsplit(url).scheme not in ("redis", "rediss"):
        raise NodeRefused("node tokens need REDIS_URL to be redis:// or rediss://")
    version = _version(client)
    if version < FIRST_VERSION:
        found = ".".join(map(str, version))
        raise NodeRefused(f"node tokens need Redis 7 or newer; this is {found}")
    password = secrets.token_hex(32)
    digest = hashlib.sha256(password.encode()).hexdigest()
    rights = ["reset", "on", f"#{digest}", *rule(name, environments, _database(url))]
    if version >= HAS_SETINFO:
        rights.append("+client|setinfo")
    chord_scripts.load(client)
    # redis-py's own method does not support selectors.
    client.execute_command("ACL SETUSER", PREFIX + name, *rights)  # type: ignore[no-untyped-call]
    acl = " ".join(["user", PREFIX + name, *rights])
    # Calls of `hosted` are verified by the controller: who can sign them can buy.
    served = (q for one in environments for q in queues_served(one) if q != HOSTED)
    queues = dict.fromkeys(served)
    key = NodeKey(
        name, _request_key(secret, name, digest), {q: queue_key(secret, q) for q in queues}
    )
    return Token(name, _with_user(url, PREFIX + name, password), key, acl, _saved(client))


def rights(client: redis.Redis, secret: bytes) -> list[Right]:
    """List the tokens with what is needed to check their requests."""
    users: Any = client.acl_list()
    found = []
    for line in users:
        _, user, rules = line.split(" ", 2)
        digest = _DIGEST.search(rules)
        if user.startswith(PREFIX) and digest is not None:
            name = user.removeprefix(PREFIX)
            key = _request_key(secret, name, digest[1])
            found.append(Right(name, tuple(environments_of(rules)), key))
    return found


def _request_key(secret: bytes, name: str, digest: str) -> bytes:
    """Derive the request key of one token; a token that is created again gets another key."""
    return cluster_secret.derive(secret, f"requests of {name} {digest}")


def known(client: redis.Redis) -> list[KnownNode]:
    """List every valid token with its open connections, by name."""
    users: Any = client.acl_list()
    clients: Any = client.client_list()
    connections = Counter(connection.get("user", "") for connection in clients)
    found = []
    for line in users:
        _, user, rights = line.split(" ", 2)
        if user.startswith(PREFIX):
            environments = tuple(environments_of(rights))
            found.append(KnownNode(user.removeprefix(PREFIX), environments, connections[user]))
    return sorted(found, key=lambda node: node.name)


def revoke(client: redis.Redis, name: str) -> bool:
    """Revoke a token, close its connections, and return whether Redis saved its ACL file."""
    if not client.acl_deluser(PREFIX + name):
        raise NodeRefused(f"there is no node {name!r}; `callsheet node list` lists the nodes")
    client.delete(keys.inbox(name))
    return _saved(client)


def _version(client: redis.Redis) -> tuple[int, ...]:
    info: Any = client.info("server")
    return tuple(int(part) for part in str(info["redis_version"]).split(".")[:2])


def _saved(client: redis.Redis) -> bool:
    """Save the ACL file and return whether there is one."""
    try:
        return bool(client.acl_save())
    except redis.ResponseError:
        return False  # there is no ACL file


def _database(url: str) -> int:
    return int(urlsplit(url).path.strip("/") or 0)


def _with_user(url: str, user: str, password: str) -> str:
    """Return the URL of the same Redis with the credentials of another user."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{user}:{password}@{host}").geturl()

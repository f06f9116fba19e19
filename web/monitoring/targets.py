"""The processes that Prometheus should scrape, also those that have died.

A killed process stays listed as long as its last heartbeat is known, so that an alert sees it. Its
successor at the same address takes its place. The MCP server knows no Redis, so it is listed where
the settings say that there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import redis

from config.groups.mcp import McpSettings
from tasks.nodes import registry
from web.monitoring.heartbeats import FLOWER, LEADER, LIVE, STANDBY, known

_PARTS = {LEADER: "control", STANDBY: "control", LIVE: "live", FLOWER: "flower"}


@dataclass(frozen=True, slots=True)
class _Target:
    address: str
    seen: float
    labels: dict[str, str]


def targets(client: redis.Redis, mcp: McpSettings) -> list[dict[str, Any]]:
    """List the expected processes in the format of Prometheus' HTTP discovery."""
    newest: dict[str, _Target] = {}
    for target in sorted(_all(client, mcp), key=lambda one: one.seen):
        newest[target.address] = target
    return [{"targets": [one.address], "labels": one.labels} for one in newest.values()]


def _all(client: redis.Redis, mcp: McpSettings) -> Iterator[_Target]:
    if mcp.is_on:
        labels = {"part": "mcp", "process": f"mcp@{mcp.address}"}
        yield _Target(mcp.address, 0.0, labels)
    for process in known(client):
        part = _PARTS.get(process.role, "web")
        if process.metrics:
            labels = {"part": part, "process": process.name}
            yield _Target(process.metrics, process.seen, labels)
    for node in registry.known(client):
        if node.metrics:
            labels = {"part": "worker", "environment": node.environment, "process": node.name}
            yield _Target(node.metrics, node.seen, labels)

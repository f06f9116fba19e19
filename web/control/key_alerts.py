"""Alert operators once when a provider refuses a key or a worker lacks one, and when it is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import redis

from tasks.messaging import keys
from tasks.nodes import provider_keys
from tasks.nodes.registry import Node
from tasks.telemetry.host_metrics import HEALTHY, LEVELS
from web.control.alerts import Alert
from web.db.columns import now

CRITICAL: Final = LEVELS[-1]
WARNING: Final = LEVELS[-2]
_KEYS: Final = "provider keys"


@dataclass(frozen=True, slots=True)
class KeyAlert(Alert):
    """A key of a provider that is refused or spent, or that is tried again."""

    why: str = ""

    @property
    def message(self) -> str:
        if self.level == HEALTHY:
            return f"{self.resource} of {self.host} is tried again"
        return f"{self.resource} of {self.host} is refused: {self.why}"


@dataclass(frozen=True, slots=True)
class MissingKeys(Alert):
    """A worker lacks keys that other workers of its queue have, or has them now."""

    why: str = ""

    @property
    def message(self) -> str:
        if self.level == HEALTHY:
            return f"{self.resource} of {self.host} are those of the other workers"
        return f"{self.resource} of {self.host} are not complete: {self.why}"


def missing_keys(nodes: Iterable[Node], levels: dict[str, str]) -> list[MissingKeys]:
    """Return what has changed about workers that lack keys, and note it in the levels."""
    lacking = provider_keys.missing(nodes)
    ending = f"/{_KEYS}"
    before = {name.removesuffix(ending) for name in levels if name.endswith(ending)}
    found = []
    for worker in sorted(before | set(lacking)):
        name, lacks = f"{worker}{ending}", ", ".join(lacking.get(worker, ()))
        level, former = WARNING if lacks else HEALTHY, levels.get(name, HEALTHY)
        if level == former:
            continue
        levels[name] = level
        percent = 100.0 if lacks else 0.0
        at = now().isoformat()
        found.append(MissingKeys(worker, _KEYS, level, former, percent, 100.0, at, lacks))
    return found


def changes(client: redis.Redis, levels: dict[str, str]) -> list[KeyAlert]:
    """Return what has changed about refused keys, and note it in the levels."""
    refused: Any = client.hgetall(keys.provider_alerts())
    found = []
    for name, why in refused.items():
        provider, _, label = name.partition(":")
        is_out = bool(client.exists(keys.provider_key(provider, label, "refused")))
        alert = _alert(provider, label, why, levels, level=CRITICAL if is_out else HEALTHY)
        if not is_out:
            client.hdel(keys.provider_alerts(), name)
        if alert is not None:
            found.append(alert)
    return found


def _alert(
    provider: str, label: str, why: str, levels: dict[str, str], *, level: str
) -> KeyAlert | None:
    resource = f"key {label}"
    name = f"{provider}/{resource}"
    before = levels.get(name, HEALTHY)
    if before == level:
        return None
    levels[name] = level
    percent = 100.0 if level == CRITICAL else 0.0
    return KeyAlert(provider, resource, level, before, percent, 100.0, now().isoformat(), why)

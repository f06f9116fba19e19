"""Operators learn of models that close, of unknown purchases and of refused keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from config.provider_keys import ProviderKey
from tasks.messaging import keys
from tasks.nodes.key_limits import KeyLimits
from tasks.nodes.registry import Node
from tests.deployment import Deployment
from web.control import key_alerts
from web.db.engine import writing
from web.monitoring.metrics import providers
from web.providers import registry


@pytest.fixture
def system(deployment: Deployment) -> Iterator[Deployment]:
    with deployment.app.app_context():
        yield deployment


def test_metrics_count_the_days_until_a_model_closes(system: Deployment) -> None:
    with writing() as db:
        model = registry.find(db, "runway/gen4.5")
        model.deprecated_on = registry.today()
        model.closed_on = registry.today() + timedelta(days=30)
        model.replacement = "runway/kling3.0"
        found = {family.name: family for family in providers.families(db)}
    (closing,) = found["callsheet_provider_model_closing_days"].samples
    assert closing.labels == {"model": "runway/gen4.5", "replacement": "runway/kling3.0"}
    assert closing.value == 30.0
    states = {s.labels["state"]: s.value for s in found["callsheet_provider_models"].samples}
    assert states["deprecated"] == 1.0
    assert states["closed"] >= 5.0


def test_a_refused_key_alerts_once_and_once_when_it_is_tried_again(system: Deployment) -> None:
    client = system.services.redis
    levels: dict[str, str] = {}
    KeyLimits(client).refuse(ProviderKey("shop", "main", "s3cret"), "no credit left", "pvc_1")
    (alert,) = key_alerts.changes(client, levels)
    assert alert.message == "key main of shop is refused: no credit left"
    assert (alert.level, alert.former_level) == ("critical", "healthy")
    assert key_alerts.changes(client, levels) == []
    client.delete(keys.provider_key("shop", "main", "refused"))
    (over,) = key_alerts.changes(client, levels)
    assert over.message == "key main of shop is tried again"
    assert key_alerts.changes(client, levels) == []
    assert client.hgetall(keys.provider_alerts()) == {}


def worker(name: str, *names: str, environment: str = "hosted") -> Node:
    providers = sorted({one.partition(":")[0] for one in names})
    extra = {"providers": providers, "provider_keys": list(names)}
    return Node(name, environment, "here", 1, "cpu", 100, 1000, (), extra=extra)


def test_a_worker_without_the_keys_of_the_others_alerts_once_and_once_when_it_has_them() -> None:
    """A poll goes to any worker of the queue, and only the key that bought may ask."""
    levels: dict[str, str] = {}
    full, lacking = worker("a", "shop:main", "shop:new"), worker("b", "shop:main")
    none, other = worker("c"), worker("d", environment="lite")  # takes no calls
    (of_b, of_c) = key_alerts.missing_keys([full, lacking, none, other], levels)
    assert of_b.message == "provider keys of b are not complete: shop:new"
    assert of_c.why == "shop:main, shop:new"
    assert key_alerts.missing_keys([full, lacking, none, other], levels) == []
    (over,) = key_alerts.missing_keys([full, worker("b", "shop:main", "shop:new"), none], levels)
    assert (over.host, over.level) == ("b", "healthy")
    assert [one.host for one in key_alerts.missing_keys([full], levels)] == ["c"]
    assert key_alerts.missing_keys([none, other], {}) == []

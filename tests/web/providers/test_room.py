"""A model whose keys have no room is put off, and the clip says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.provider_keys import ProviderKey
from tasks.domain.hosted import Remote
from tasks.nodes import key_limits
from tasks.nodes.key_limits import KeyLimits
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.web.providers.clips import sell_at
from web.db.engine import reading, writing
from web.providers import choosing
from web.providers.choosing import Choice, ClipRequest
from web.providers.models import ProviderModel

KEYS = "shop:main=key-of-main, runway:main=key-of-runway"
KEY = ProviderKey("shop", "main", "")
WANTED = ClipRequest("A fox", 5.0, "16:9", routing="cheapest")


@pytest.fixture
def system(tmp_path: Path, redis_server: RedisServer) -> Iterator[Deployment]:
    with Deployment(tmp_path, redis_server, PROVIDER_KEYS=KEYS) as built:
        sell_at(built, "http://127.0.0.1:9", one={"price_micro": 1, "a_minute": 1, "at_once": 2})
        with built.app.app_context():
            yield built


def chosen(system: Deployment) -> Choice:
    with reading() as db:
        reachable = choosing.reachable_providers(system.services)
        return choosing.choose(system.services, db, WANTED, reachable)


def test_a_model_whose_keys_are_full_comes_after_others(system: Deployment) -> None:
    limits = KeyLimits(system.services.redis)
    remote = Remote("shop", "runway", "", "one", a_minute=1, at_once=2)
    assert chosen(system).candidate.model.id == "shop/one"
    assert limits.take(remote, [KEY], "pvc_1") == KEY
    full = chosen(system)
    assert full.candidate.model.provider == "runway"
    assert "1 put off because their keys have no room" in full.why
    with writing() as db:
        db.get_one(ProviderModel, "shop/one").a_minute = 9
    assert chosen(system).candidate.model.id == "shop/one"
    limits.rest(KEY, 30.0, "pvc_1")
    assert chosen(system).candidate.model.provider == "runway"


def test_a_clip_is_taken_although_no_key_has_room(system: Deployment) -> None:
    client = system.services.redis
    KeyLimits(client).rest(KEY, 30.0, "pvc_1")
    KeyLimits(client).rest(ProviderKey("runway", "main", ""), 30.0, "pvc_1")
    assert chosen(system).candidate.model.id == "shop/one"
    assert "no room" not in chosen(system).why


def test_refused_keys_and_open_tasks_leave_no_room(system: Deployment) -> None:
    client, limits = system.services.redis, KeyLimits(system.services.redis)
    remote = Remote("shop", "runway", "", "one", at_once=1)
    assert key_limits.have_room(client, ["shop:main"], 0, 1) == {"shop:main": True}
    limits.take(remote, [KEY], "pvc_1")
    assert key_limits.have_room(client, ["shop:main"], 0, 1) == {"shop:main": False}
    limits.release("shop", "main", "pvc_1")
    assert key_limits.have_room(client, ["shop:main"], 0, 1) == {"shop:main": True}
    limits.refuse(KEY, "spent", "pvc_1")
    assert key_limits.have_room(client, ["shop:main"], 0, 0) == {"shop:main": False}

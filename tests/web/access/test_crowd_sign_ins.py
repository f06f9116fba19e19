"""Links to live processes, and the sign-ins that their streams must not outlive."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from config.groups.live import LiveSettings
from config.settings import Settings
from tasks.messaging import keys
from web.access.crowd_sign_ins import CrowdSignIns
from web.live.openings import Doorkeeper, parse

ACCOUNT: Final = {"email": "ada@example.com", "password": "correct horse battery"}
PAGE: Final = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, live=LiveSettings(url="https://live.example.com/crowd"))


def test_a_login_that_ended_is_named_to_live_processes(app: Flask) -> None:
    client, services = app.test_client(), app.extensions["callsheet"]
    assert client.get("/capabilities").json["live"] == {"url": "https://live.example.com/crowd"}
    client.post("/api/auth/register", json=ACCOUNT, headers=PAGE)
    token = client.post("/api/auth/login", json=ACCOUNT, headers=PAGE).json["access_token"]
    user = PAGE | {"Authorization": f"Bearer {token}"}
    opened = client.post("/session/create", json={"user_id": "ada"}, headers=user)
    sent = {"session_id": opened.json["session_id"]}
    ticket = client.post("/api/tickets", json=sent, headers=user).json
    link = urlsplit(ticket["live_url"])
    assert link.netloc == "live.example.com"
    # A live process takes what this process has signed, with Redis and the secret alone.
    door = Doorkeeper(services.redis, services.secret_key)
    opening = door.opening(parse(link.path, link.query))
    assert opening.sign_in == parse_qs(link.query)["sign_in"][0]
    assert opening.session not in sent["session_id"]

    crowd = CrowdSignIns(app, services.redis, lambda _: True)
    services.redis.zadd(keys.LIVE_SIGN_INS, {opening.sign_in: time.time(), "nonsense": time.time()})
    crowd.check()
    assert services.redis.zrange(keys.ENDED_SIGN_INS, 0, -1) == ["nonsense"]
    client.post("/api/auth/logout", headers=PAGE)
    crowd.check()
    assert services.redis.zscore(keys.ENDED_SIGN_INS, opening.sign_in)
    assert services.redis.zcard(keys.LIVE_SIGN_INS) == 0

"""Processes killed around a job that is paid for: it is charged once, and no hold stays."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from tests.bench.system import Caller, small_picture
from tests.faults import doomed
from tests.faults.doomed import Doom
from tests.faults.estate import Estate, estate
from tests.faults.promise import assert_kept
from tests.faults.test_matrix import COMMANDS, CONTROL, WEB, WORKER
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.accounts.models import owner_of
from web.audit.log import COMMAND_LINE
from web.billing import check, grants, ledger
from web.billing.grants import Change
from web.billing.models import Charge, Transfer
from web.db.engine import reading

pytestmark = [pytest.mark.timeout(240), pytest.mark.faults]

CREDITS = {"BILLING": "on", "CREDIT_PRICES": "*=0.1/second,simulated=0.1/second"}
GRANTED = 10**12
PERSON = {"email": "payer@example.com", "password": "correct horse battery"}


def _dooms() -> Iterator[Doom]:
    for when in ("before", "after"):
        for point in ("acceptance", "hold", "dispatch", "publish"):
            yield Doom(WEB, f"{when} {point}")
        for point in ("state", "settlement", "outbox"):
            yield Doom(CONTROL, f"{when} {point}")
        for point in ("engine", "commit", "event"):
            yield Doom(WORKER, f"{when} {point}", "animate")


def _name(doom: Doom) -> str:
    names = {WORKER: "worker", CONTROL: "control", WEB: "web"}
    return f"{names[doom.role]}-{doom.place.replace(' ', '-')}"


class Payer(Caller):
    """A program that acts for a user with credits."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.http = httpx.Client(base_url=address, timeout=60)
        assert self.http.post("/api/auth/register", json=PERSON).status_code == 201
        found = self.http.post("/api/auth/login", json=PERSON).json()
        user_id = found["user"]["user_id"]
        self.owner = owner_of(user_id)
        signed_in = {"Authorization": f"Bearer {found['access_token']}"}
        sent = {"name": "Robot", "scopes": ["jobs:read", "jobs:write", "billing"]}
        key = self.http.post("/api/keys", json=sent, headers=signed_in).json()["key"]
        self.http.headers["X-API-Key"] = key
        opened = self.http.post("/session/create", json={"user_id": user_id}).json()
        self.session_id = opened["session_id"]
        picture = {"file": ("me.png", small_picture(60), "image/png")}
        data = {"session_id": self.session_id}
        assert self.http.post("/upload/face", data=data, files=picture).status_code == 201

    def send(self, script: str) -> str:
        """Start a job, again under the same key until there is an answer."""
        key = uuid.uuid4().hex
        wish = {"session_id": self.session_id, "script": script, "height": 240}
        wish |= {"mode": "simulation"}

        def answer() -> str | None:
            try:
                headers = {"Idempotency-Key": key}
                sent = self.http.post("/process/start", json=wish, headers=headers)
            except httpx.TransportError:
                return None
            return sent.json()["job_id"] if sent.status_code == 202 else None

        job_id: str = until(answer, "the job is taken in", 60)
        return job_id


@dataclass(frozen=True)
class Ground:
    """A system that stands for all rows of a database."""

    place: Estate
    sentence: Path
    payer: Payer


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ground(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    directory = tmp_path_factory.mktemp("credits")
    extra = CREDITS | {"JOB_ATTEMPTS": "20", doomed.FILE: str(directory / "doom")}
    postgres = None
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        extra["DATABASE_URL"] = postgres.create()
    (directory / "redis").mkdir()
    with (
        RedisServer(directory / "redis") as server,
        estate(directory, server, postgres, workers=2, commands=COMMANDS, **extra) as place,
    ):
        payer = Payer(place.address)
        with place.deployment.app.app_context():
            grants.grant(COMMAND_LINE, payer.owner, Change(GRANTED))
        yield Ground(place, directory / "doom", payer)


@pytest.mark.parametrize("doom", list(_dooms()), ids=_name)
def test_a_job_is_charged_once_whatever_is_killed(ground: Ground, doom: Doom) -> None:
    deployment = ground.place.deployment
    number = uuid.uuid4().int % 10**6
    with deployment.listener() as heard:
        doom.pronounce(ground.sentence)
        job_id = ground.payer.send(f"The first scene, number {number}. And another, {number}.")
        until(lambda: not ground.sentence.exists(), "a process dies", 60)
        assert_kept(deployment, job_id, heard)
    with deployment.app.app_context(), reading() as db:
        charge = db.get_one(Charge, (job_id, 0))
        assert (charge.state, charge.outcome) == ("settled", "succeeded")
        assert 0 < charge.used <= charge.hold
        kinds = select(Transfer.kind).where(Transfer.job_id == job_id).order_by(Transfer.kind)
        assert list(db.scalars(kinds)) == ["charge", "hold"]
        used: Any = db.scalar(select(func.sum(Charge.used)))
        assert ledger.balance(db, ground.payer.owner) == ledger.Balance(GRANTED - used, 0)
        assert check.differences(db) == []

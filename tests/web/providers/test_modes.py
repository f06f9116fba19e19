"""Every wire with everything that goes wrong at a provider: the whole way of a purchase, each time.

Whatever happens, a clip ends, a task is created once, and what may have been paid for counts as
spent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import delete, update

from gpu_worker.providers import connection, downloads
from gpu_worker.providers.wire import WIRES
from tasks.messaging import keys
from tests.deployment import Deployment
from tests.services.http_server import Answer, Asked
from tests.services.provider_wires import (
    ALWAYS,
    CREATE,
    DIALECTS,
    FILE,
    RESULT,
    STATUS,
    Dialect,
    Fault,
    ProviderServer,
    providing,
)
from tests.services.redis_server import RedisServer
from tests.services.video_provider import clip
from tests.web.providers.clips import MODEL, order, sell_at
from tests.web.providers.pump import Pump, move_provider
from web.db.engine import writing
from web.providers.models import ProviderCall, ProviderModel

FETCHED, FAILED, UNKNOWN = "finishing", "failed", "unknown"
SECONDS: Final = 0.4
"""For one request here; a minute otherwise."""
KEYS = "shop:a=key-a, shop:b=key-b"
FINDS: Final = {dialect.name for dialect in DIALECTS if dialect.listed is not None}


@dataclass(frozen=True)
class Ending:
    """What becomes of a clip."""

    state: str = FETCHED
    cause: str = ""
    spent: bool = True
    sold: int = 1
    asked: int = 1
    """Requests for a new task."""


@dataclass(frozen=True)
class Mode:
    """What goes wrong, and what becomes of the clip."""

    name: str
    faults: Callable[[Dialect], tuple[Fault, ...]]
    ending: Callable[[Dialect], Ending]


def hang(server: ProviderServer, _asked: Asked, _task: str) -> Answer:
    server.released.wait(30)
    return Answer(status=503)


def drip(server: ProviderServer, asked: Asked, task: str) -> Answer:
    kind, _ = server.dialect.kind_of(asked)
    right = server.right(asked, STATUS if kind == CREATE else kind, task)
    return replace(right, drip_seconds=0.05, body=right.body + b" " * 1000)


def garbage(_server: ProviderServer, _asked: Asked, _task: str) -> Answer:
    return Answer(b"<html>Welcome!</html>")


def answers(kind: str, status: int, body: object, times: int = 1, **headers: str) -> Fault:
    return Fault(kind, lambda *_: Answer.of(body, status, **headers), times)


def says(name: str) -> Fault:
    """A task that stays in one state of its dialect."""
    return Fault(STATUS, lambda server, _, task: Answer.of(getattr(server.dialect, name)(task)))


def file(body: Callable[[], bytes]) -> tuple[Fault, ...]:
    return (Fault(FILE, lambda *_: Answer(body())),)


def broken_clip() -> bytes:
    whole = bytearray(clip())
    third = len(whole) // 3
    whole[third:] = b"\x00" * (len(whole) - third)
    return bytes(whole)


def redirected(to: str) -> Fault:
    return Fault(FILE, lambda *_: Answer(status=302, headers={"location": to}))


def always(ending: Ending) -> Callable[[Dialect], Ending]:
    return lambda _: ending


def lost_answer(dialect: Dialect) -> Ending:
    """A task whose answer was lost is found where the provider has a list."""
    return Ending() if dialect.name in FINDS else Ending(UNKNOWN, "unknown")


def times(
    fault: Callable[[ProviderServer, Asked, str], Answer], *kinds: str, number: int = 1
) -> tuple[Fault, ...]:
    return tuple(Fault(kind, fault, number, sells=kind == CREATE) for kind in kinds)


GOOD = always(Ending())
DAMAGED = always(Ending(FAILED, "damaged"))
MODES: Final = (
    Mode("well", lambda _: (), GOOD),
    Mode(
        "429 at submit",
        lambda d: (answers(CREATE, *d.limited, retry_after="0.1"),),
        always(Ending(asked=2)),
    ),
    Mode("429 at poll", lambda d: (answers(STATUS, *d.limited, times=3),), GOOD),
    Mode("429 at fetch", lambda _: (answers(FILE, 429, {}, times=2),), GOOD),
    Mode(
        "500 at submit", lambda d: (answers(CREATE, *d.broken, times=2),), always(Ending(asked=3))
    ),
    Mode(
        "500 at submit, always",
        lambda d: (answers(CREATE, *d.broken, times=ALWAYS),),
        always(Ending(FAILED, "server", spent=False, sold=0, asked=8)),
    ),
    Mode("500 at poll", lambda d: (answers(STATUS, *d.broken, times=3),), GOOD),
    Mode(
        "500 at poll, always",
        lambda d: (answers(STATUS, *d.broken, times=ALWAYS),),
        always(Ending(FAILED, "server")),
    ),
    Mode("500 at result", lambda d: (answers(RESULT, *d.broken, times=3),), GOOD),
    Mode("500 at fetch", lambda _: (answers(FILE, 500, {}, times=2),), GOOD),
    Mode("hang at submit", lambda _: times(hang, CREATE), lost_answer),
    Mode("hang at poll", lambda _: times(hang, STATUS, number=2), GOOD),
    Mode("hang at fetch", lambda _: times(hang, FILE), GOOD),
    Mode("drip at submit", lambda _: times(drip, CREATE), lost_answer),
    Mode("drip at poll", lambda _: times(drip, STATUS, number=2), GOOD),
    Mode("drip at fetch", lambda _: times(drip, FILE), GOOD),
    Mode("garbage 200 at submit", lambda _: times(garbage, CREATE), lost_answer),
    Mode("garbage 200 at poll", lambda _: times(garbage, STATUS, number=3), GOOD),
    Mode("garbage 200 at fetch", lambda _: times(garbage, FILE, number=ALWAYS), DAMAGED),
    Mode(
        "empty and billed",
        lambda _: (
            says("empty"),
            answers(RESULT, 200, {}, times=ALWAYS),
            *file(lambda: b""),
        ),
        DAMAGED,
    ),
    Mode(
        "moderation at submit",
        lambda d: (answers(CREATE, *d.moderation, times=ALWAYS),),
        always(Ending(FAILED, "moderation", spent=False, sold=0)),
    ),
    Mode(
        "moderation of the result",
        lambda d: (says("refused"), answers(RESULT, *d.moderation, times=ALWAYS)),
        always(Ending(FAILED, "moderation", spent=False)),
    ),
    Mode(
        "lost task",
        lambda d: (answers(STATUS, *d.lost, times=ALWAYS),),
        always(Ending(FAILED, "lost")),
    ),
    Mode("dead link, then a new one", lambda _: (answers(FILE, 403, {}, times=2),), GOOD),
    Mode(
        "dead link",
        lambda _: (answers(FILE, 404, {}, times=ALWAYS),),
        always(Ending(FAILED, "lost")),
    ),
    Mode("stuck progress", lambda _: (says("working"),), always(Ending(FAILED, "lost"))),
    Mode("corrupt video", lambda _: file(broken_clip), DAMAGED),
    Mode("wrong length", lambda _: file(lambda: clip(2.0)), DAMAGED),
    Mode(
        "redirect to metadata",
        lambda _: (redirected("http://169.254.169.254/latest/meta-data"),),
        DAMAGED,
    ),
    Mode("redirect to a file", lambda _: (redirected("file:///etc/passwd"),), DAMAGED),
)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    directory = tmp_path_factory.mktemp("modes")
    (directory / "redis").mkdir()
    with (
        RedisServer(directory / "redis") as server,
        Deployment(directory, server, PROVIDER_KEYS=KEYS, USER_JOBS="1000") as built,
    ):
        sell_at(built, "http://127.0.0.1:9", one={}, two={"price_micro": 150_000})
        yield built


@pytest.fixture
def pump(system: Deployment, monkeypatch: pytest.MonkeyPatch) -> Pump:
    """A worker that waits for nothing long, and keys that no earlier test has used."""
    monkeypatch.setattr(connection, "SECONDS", SECONDS)
    monkeypatch.setattr(downloads, "SECONDS", SECONDS)
    system.services.redis.flushall()
    with system.app.app_context(), writing() as db:
        db.execute(delete(ProviderCall))
    return Pump(system)


def at(pump: Pump, server: ProviderServer) -> None:
    """Let the provider of the tests be this one."""
    dialect = server.dialect
    move_provider(pump.system, server.url, dialect.wire)
    named = update(ProviderModel).where(ProviderModel.provider == "shop")
    with pump.system.app.app_context(), writing() as db:
        db.execute(named.values(name=dialect.model))


def each_wire() -> list[Any]:
    """Return all wires; most of them are part of the longer half of the suite."""
    return [
        pytest.param(
            dialect,
            id=dialect.name,
            marks=() if dialect.name == "runway" else pytest.mark.slow,
        )
        for dialect in DIALECTS
    ]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name.replace(" ", "-"))
@pytest.mark.parametrize("dialect", each_wire())
def test_a_clip_survives(pump: Pump, dialect: Dialect, mode: Mode) -> None:
    with providing(dialect, *mode.faults(dialect)) as server:
        at(pump, server)
        job_id = order(pump.system, prompt=f"A fox in {mode.name}")
        if mode.name == "stuck progress":
            until_stuck(pump)
        (call,) = pump.until_ended(job_id)
        if mode.name == "stuck progress":
            pump.turn()
            assert server.cancelled == [task.id for task in server.sold if dialect.cancels]
    found = Ending(call.state, call.cause, call.spent, len(server.sold), server.counts[CREATE])
    assert found == mode.ending(dialect), call.message
    assert "key-a" not in f"{call.message} {call.manifest}"


def until_stuck(pump: Pump) -> None:
    """Let a task run for a while, and then make no progress for too long."""
    for _ in range(4):
        pump.turn()
    pump.pass_time(timedelta(minutes=31))


@pytest.mark.parametrize(("status", "code"), [(429, 1302), (429, 1303), (200, 1302), (200, 1303)])
def test_limits_of_kling_are_waited_for(pump: Pump, status: int, code: int) -> None:
    limited = answers(CREATE, status, {"code": code, "message": "busy"}, retry_after="0.1")
    with providing(_kling(), limited) as server:
        at(pump, server)
        (call,) = pump.until_ended(order(pump.system))
        assert (call.state, len(server.sold), server.counts[CREATE]) == (FETCHED, 1, 2)


@pytest.mark.parametrize("code", [1100, 1101, 1102, 1304])
def test_an_account_that_kling_refuses_is_asked_once(pump: Pump, code: int) -> None:
    """Each key is asked once, and then left out; the clip waits for a good key, and fails."""
    refused = answers(CREATE, 429, {"code": code, "message": "no"}, times=ALWAYS)
    with providing(_kling(), refused) as server:
        at(pump, server)
        job_id = order(pump.system)
        for _ in range(6):
            pump.turn()
        assert (len(server.sold), server.counts[CREATE]) == (0, 2)
        pump.pass_time(timedelta(minutes=6))
        (call,) = pump.until_ended(job_id)
        assert (call.state, call.cause, call.spent) == (FAILED, "key", False)
        assert server.counts[CREATE] == 2
        alerts = pump.system.services.redis.hkeys(keys.provider_alerts())
        assert sorted(alerts) == ["shop:a", "shop:b"]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_clip_that_moderation_refuses_is_tried_once_elsewhere(
    pump: Pump, dialect: Dialect
) -> None:
    refused = answers(CREATE, *dialect.moderation, times=ALWAYS)
    with providing(dialect, refused) as server:
        at(pump, server)
        job_id = order(pump.system, model="", routing="cheapest")
        first, second = pump.until_ended(job_id)
        assert [first.cause, second.cause] == ["moderation", "moderation"]
        assert (first.model_id, second.model_id) == (MODEL, "shop/two")
        assert second.why.startswith(f"fallback after {MODEL} failed (moderation)")
        assert (len(server.sold), server.counts[CREATE]) == (0, 2)


def _kling() -> Dialect:
    return next(dialect for dialect in DIALECTS if dialect.name == "kling")


def test_every_wire_has_a_server() -> None:
    assert {dialect.wire for dialect in DIALECTS} == set(WIRES)

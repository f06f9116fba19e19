"""`callsheet batch` follows a batch without asking too often, and makes videos at a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.web.projects.samples import two_shots
from tests.web.projects.test_whole_path import Caller
from web.cli.__main__ import main
from web.cli.commands import batch
from web.cli.local.client import RequestRefused


class Server:
    """A server that answers in turn: a batch with some videos done, or a refusal."""

    def __init__(self, *answers: tuple[int, float | None] | RequestRefused) -> None:
        self.answers = iter(answers)

    def batch(self, batch_id: str, api_key: str | None) -> tuple[dict[str, Any], float | None]:
        assert (batch_id, api_key) == ("bat_1", "key")
        answer = next(self.answers)
        if isinstance(answer, RequestRefused):
            raise answer
        return known(answer[0]), answer[1]


def known(done: int) -> dict[str, Any]:
    return {"id": "bat_1", "state": "running" if done < 2 else "done", "counts": {"done": done}}


def followed(monkeypatch: pytest.MonkeyPatch, server: Server) -> tuple[list[float], list[int]]:
    """Return the pauses between the questions, and the changes that were seen."""
    pauses: list[float] = []
    monkeypatch.setattr(batch.time, "sleep", pauses.append)
    changes = batch.followed(server, known(0), "key")  # type: ignore[arg-type]
    return pauses, [one["counts"]["done"] for one in changes]


def test_a_batch_is_asked_for_less_and_less_often_until_it_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [(0, None)] * 8 + [(1, None), (2, None)]
    pauses, seen = followed(monkeypatch, Server(*answers))
    assert pauses == [2.0, 3.0, 4.5, 6.75, 10.125, 15.1875, 22.78125, 30.0, 30.0, 2.0]
    assert seen == [1, 2]


def test_a_batch_is_asked_for_when_the_server_says(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = RequestRefused("Too many requests.", retry_after=60.0)
    pauses, seen = followed(monkeypatch, Server((0, 20.0), busy, (2, None)))
    assert (pauses, seen) == ([2.0, 20.0, 60.0], [2])


def test_a_refusal_that_no_time_mends_ends_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RequestRefused):
        followed(monkeypatch, Server(RequestRefused("There is no such batch.")))


@pytest.fixture
def template(tmp_path: Path, redis_server: RedisServer) -> Iterator[tuple[Deployment, Caller]]:
    """A server with a project whose plan has a place."""
    with Deployment(tmp_path, redis_server, PROJECT_HEIGHT="180") as system:
        system.start_control()
        system.start_workers("lite")
        url = system.start_web()
        with httpx.Client(base_url=url, timeout=60, headers=system.operator) as http:
            caller = Caller(http)
            caller.create(max_seconds=30)
            caller.post("/upload-sample", 200, files={"file": ("sample.mp4", two_shots())})
            caller.post("/analyze")
            caller.until("planning")
            plan = caller.get("/plan")["plan"]
            plan["scenes"] = [plan["scenes"][0] | {"seconds": 2.0, "text": "Only {{price}}"}]
            headers = {"If-Match": '"1"'}
            put = http.put(f"{caller.path}/plan", json={"plan": plan}, headers=headers)
            assert put.status_code == 200, put.text
            yield system, caller


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_batch_is_made_listed_shown_and_resumed_at_a_real_server(
    template: tuple[Deployment, Caller], tmp_path: Path
) -> None:
    system, caller = template
    table = tmp_path / "products.csv"
    table.write_text("name,price\nMug,5\nCup,7\n")
    server = ("--server", str(caller.http.base_url))
    token = system.operator["Authorization"].removeprefix("Bearer ")

    def batch_of(*arguments: str) -> tuple[int, Any]:
        done = CliRunner(env=system.environ | {"OPERATOR_TOKEN": token}).invoke(
            main, ["batch", *arguments, *server, "--json"]
        )
        return done.exit_code, json.loads(done.stdout)

    project = caller.path.rpartition("/")[2]
    made = ("run", str(table), "--template", project, "--yes", "--max-credits", "1")
    code, first = batch_of(*made)
    assert (code, first["state"], first["counts"]["done"]) == (0, "done", 2), first
    for video in first["videos"]:
        content = caller.http.get(video["url"])
        assert content.status_code == 200
        assert content.content[4:8] == b"ftyp"
    code, again = batch_of(*made)
    assert (code, again["id"]) == (0, first["id"])
    assert [one["project_id"] for one in again["videos"]] == [
        one["project_id"] for one in first["videos"]
    ]
    assert [one["id"] for one in batch_of("list")[1]["batches"]] == [first["id"]]
    assert batch_of("show", first["id"])[1]["counts"]["done"] == 2
    table.write_text("name,price\nJug,9\n")
    code, quoted = batch_of("run", str(table), "--template", project, "--no-wait")
    assert (code, quoted["counts"]["done"]) == (0, 0)
    code, ended = batch_of("cancel", quoted["id"])
    assert (code, ended["state"]) == (0, "cancelled")

"""What `doctor --production` says of a container."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import read
from web.cli.doctor.check_result import Level
from web.cli.doctor.container import Container, judge

CONFINED = Container(
    {"Uid": "10001\t10001", "CapEff": "0000000000000000", "NoNewPrivs": "1"},
    frozenset({Path("/"), Path("/state"), Path("/artifacts")}),
    read_only=True,
    has_memory_limit=True,
)
OPEN = Container(
    {"Uid": "0\t0", "CapEff": "00000000a80425fb", "NoNewPrivs": "0"},
    frozenset({Path("/")}),
    read_only=False,
    has_memory_limit=False,
)
GOOD = {
    "CALLSHEET_STATE": "/state",
    "ARTIFACTS_URL": "file:///artifacts",
    "LOG_FORMAT": "json",
    "METRICS_PORT": "9100",
}
BAD = {"CALLSHEET_STATE": "/var/lib/callsheet", "OPERATOR_TOKEN": "operators-of-these-tests"}


def test_a_confined_container_has_nothing_to_mend() -> None:
    found = list(judge(CONFINED, {"OPERATOR_TOKEN_FILE": "/run/secrets/x"}, read(GOOD)))
    assert [one.part for one in found if one.level is not Level.OK] == []
    assert len(found) == 7


def test_each_part_of_an_open_container_is_named() -> None:
    found = {one.part: one for one in judge(OPEN, BAD, read(BAD))}
    assert {one.level for one in found.values()} == {Level.WARNING}
    assert all(one.remedy for one in found.values())
    assert found["container/rights"].said.count(";") == 2
    assert "CALLSHEET_STATE" in found["container/volumes"].said
    assert "OPERATOR_TOKEN" in found["container/secrets"].said
    assert BAD["OPERATOR_TOKEN"] not in str(found)


def test_a_store_elsewhere_needs_no_volume() -> None:
    settings = replace(read(GOOD), artifacts_url="s3://bucket", database_url="postgresql://db/x")
    found = {one.part: one for one in judge(CONFINED, {}, settings)}
    assert found["container/volumes"].level is Level.OK


def test_only_a_container_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert Container.of_this_process(tmp_path) is None
    (tmp_path / ".dockerenv").touch()
    status = tmp_path / "proc/self/status"
    status.parent.mkdir(parents=True)
    status.write_text("Name:\tpython\nUid:\t10001\t10001\nCapEff:\t0000000000000000\n")
    (tmp_path / "proc/self/mounts").write_text("overlay / overlay ro 0 0\nx /state ext4 rw 0 0\n")
    container = Container.of_this_process(tmp_path)
    assert container is not None
    assert container.status["Uid"] == "10001\t10001"
    assert Path("/state") in container.mounts
    assert not container.has_memory_limit

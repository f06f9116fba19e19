"""Fetching models from a server of our own: resumed, checked, mirrored, on accepted terms."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from config import settings
from gpu_worker.engine import Weight
from gpu_worker.models import __main__ as models
from gpu_worker.models.catalog import MODELS
from gpu_worker.models.fetch import FetchFailed, fetch
from tests.services.http_server import Answer, Asked, Server, serving
from web.cli.__main__ import main

CONTENT = bytes(range(256)) * 4000
WEIGHT = Weight("model.bin", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as served:
        served.answer = ranged
        yield served


def ranged(asked: Asked, content: bytes = CONTENT) -> Answer:
    wanted = asked.headers.get("range")
    if wanted is None:
        return Answer(content)
    first = int(wanted.removeprefix("bytes=").rstrip("-"))
    return Answer(content[first:], 206, {"content-range": f"bytes {first}-/{len(content)}"})


def test_a_file_is_downloaded_once(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = fetch(WEIGHT, f"{server.url}/m", tmp_path, lambda *at: told.append(at))
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    fetch(WEIGHT, f"{server.url}/m", tmp_path)
    assert len(server.asked) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_download_resumes(server: Server, tmp_path: Path) -> None:
    server.answer = lambda asked: replace(ranged(asked), cut_after=300_000)
    assert fetch(WEIGHT, f"{server.url}/m", tmp_path).read_bytes() == CONTENT
    assert [a.headers.get("range") for a in server.asked] == [
        None,
        "bytes=300000-",
        "bytes=600000-",
        "bytes=900000-",
    ]


def test_another_run_resumes_the_download(server: Server, tmp_path: Path) -> None:
    (tmp_path / "model.bin.part").write_bytes(CONTENT[:1000])
    assert fetch(WEIGHT, f"{server.url}/m", tmp_path).read_bytes() == CONTENT
    assert server.asked[0].headers["range"] == "bytes=1000-"


HALTED = """
import sys
from pathlib import Path
from gpu_worker.engine import Weight
from gpu_worker.models.fetch import fetch

def halted(have, whole):
    print(have, flush=True)
    sys.stdin.read()  # until the end that comes by a signal

fetch(Weight("model.bin", sys.argv[1], int(sys.argv[2])), sys.argv[3], Path(sys.argv[4]), halted)
"""


def test_a_killed_download_resumes(server: Server, tmp_path: Path) -> None:
    content = random.Random(5).randbytes(5 << 20)
    weight = Weight("model.bin", hashlib.sha256(content).hexdigest(), len(content))
    server.answer = lambda asked: ranged(asked, content)
    url = f"{server.url}/m"
    command = [sys.executable, "-c", HALTED, weight.sha256, str(weight.bytes), url, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as fetching:
        assert fetching.stdout is not None
        had = int(fetching.stdout.readline())
        fetching.kill()
    assert 0 < had < len(content)
    assert [path.name for path in tmp_path.iterdir()] == ["model.bin.part"]
    assert fetch(weight, url, tmp_path).read_bytes() == content
    assert [asked.headers.get("range") for asked in server.asked] == [None, f"bytes={had}-"]


def test_a_server_without_ranges_sends_the_whole_file_again(server: Server, tmp_path: Path) -> None:
    server.answer = lambda _asked: Answer(CONTENT)
    (tmp_path / "model.bin.part").write_bytes(b"x" * 5000)
    assert fetch(WEIGHT, f"{server.url}/m", tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("wrong", [CONTENT[:-1] + b"!", CONTENT + b"!"])
def test_a_file_with_another_hash_is_deleted(server: Server, tmp_path: Path, wrong: bytes) -> None:
    server.answer = lambda _asked: Answer(wrong)
    with pytest.raises(FetchFailed, match="has another hash than declared"):
        fetch(WEIGHT, f"{server.url}/m", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_download_is_explained_without_the_url(server: Server, tmp_path: Path) -> None:
    server.answer = lambda _asked: Answer(status=404)
    with pytest.raises(FetchFailed, match="answered 404") as failed:
        fetch(WEIGHT, f"{server.url}/m?token=s3cret", tmp_path)
    assert "s3cret" not in str(failed.value)
    server.answer = lambda _asked: replace(Answer(CONTENT), cut_after=0)
    with pytest.raises(FetchFailed):
        fetch(WEIGHT, f"{server.url}/m", tmp_path)


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: Server) -> Iterator[Path]:
    """A catalogue of one model that asks for consent, on our server as a mirror."""
    model = replace(MODELS["xtts"], files=(WEIGHT,))
    monkeypatch.setitem(MODELS, "xtts", model)
    for other in [name for name in MODELS if name != "xtts"]:
        monkeypatch.delitem(MODELS, other)
    monkeypatch.setenv("MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("MODELS_MIRROR", f"{server.url}/mirror/")
    monkeypatch.delenv("COQUI_TOS_AGREED", raising=False)
    settings.current.cache_clear()
    yield tmp_path / "models" / "xtts" / "model.bin"
    settings.current.cache_clear()


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_terms_are_shown_and_must_be_accepted(
    one: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models.main(["fetch", "xtts"]) == 1
    assert "Non-commercial" in capsys.readouterr().err
    assert server.asked == []
    assert models.main(["fetch", "xtts", "--accept"]) == 0
    assert one.read_bytes() == CONTENT
    assert server.asked[0].path == "/mirror/xtts/model.bin"
    assert "COQUI_TOS_AGREED=1" in capsys.readouterr().err


def test_a_model_is_listed_and_verified(one: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert models.main(["list"]) == 0
    assert [(m["state"], m["accepted"]) for m in said(capsys)] == [("missing", False)]
    models.main(["fetch", "xtts", "--accept"])
    capsys.readouterr()
    assert models.main(["verify"]) == 0
    one.write_bytes(CONTENT[:-1] + b"!")
    assert models.main(["list"]) == 0
    assert [m["state"] for m in said(capsys)][-1] == "here"
    assert models.main(["verify", "xtts"]) == 1
    assert said(capsys)[0]["missing"] == ["model.bin"]


def test_the_command_runs_in_the_data_plane(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("COQUI_TOS_AGREED", raising=False)
    listed = CliRunner().invoke(main, ["models", "list", "--json"])
    rows = {row["name"]: row for row in json.loads(listed.stdout)}
    assert set(rows) == set(MODELS)
    assert rows["xtts"]["commercial_use"] is False
    shown = CliRunner().invoke(main, ["models", "list"]).output
    for said in ("Coqui", "not accepted", "callsheet models fetch xtts --accept"):
        assert said in shown
    assert CliRunner().invoke(main, ["models", "verify", "xtts"]).exit_code == 1
    assert CliRunner().invoke(main, ["models", "fetch", "nobody"]).exit_code == 2


def test_every_file_declares_its_hash_size_and_source() -> None:
    for model in MODELS.values():
        for weight in model.files:
            assert len(weight.sha256) == 64
            assert weight.bytes
            assert weight.url.startswith("https://")

"""`callsheet env`: which Python each environment has on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.environments import ENVIRONMENTS
from config.interpreters import chosen_interpreter, find_interpreter
from web.cli.__main__ import main
from web.cli.commands import env
from web.state_directory import ROOT


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CONDA_EXE", raising=False)
    monkeypatch.setattr(env, "VENVS", tmp_path / "venvs")


def python(folder: Path, says: str = "exit 0") -> Path:
    path = folder / "bin" / "python"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["env", *arguments])


def listed() -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in json.loads(run("list", "--json").stdout)}


def test_bare_machine_fails_all_checks() -> None:
    rows = listed()
    assert list(rows) == list(ENVIRONMENTS)
    assert rows.pop("lite")["source"] == "this one"
    assert {row["source"] for row in rows.values()} == {""}
    assert rows["xtts"]["remedy"] == "callsheet env create xtts"


def test_env_lists_built_chosen_and_conda_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = python(tmp_path / "venvs" / "script")
    mine = python(tmp_path / "mine")
    monkeypatch.setenv("SADTALKER_PYTHON", str(mine))
    python(tmp_path / "venvs" / "sadtalker")
    theirs = python(tmp_path / "miniconda3" / "envs" / "xtts_voice_cloning")
    media = python(tmp_path / "elsewhere" / "video-audio-processing")
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "environments.txt").write_text(f"{media.parents[1]}\n")
    rows = listed()
    assert (rows["script"]["source"], rows["script"]["python"]) == ("built", str(built))
    assert (rows["sadtalker"]["source"], rows["sadtalker"]["python"]) == ("chosen", str(mine))
    assert (rows["xtts"]["source"], rows["media"]["source"]) == ("conda", "conda")
    assert rows["xtts"]["remedy"] == f"XTTS_PYTHON={theirs}"
    # Whole, so that it can be copied, however narrow the terminal is.
    assert f"XTTS_PYTHON={theirs}\n" in run("list").output
    lacks = run("check", "xtts")
    assert lacks.exit_code == 1
    assert f"XTTS_PYTHON={theirs}\n" in lacks.output


def test_chosen_python_reports_missing_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = python(tmp_path / "mine", "echo \"No module named 'celery'\" >&2; exit 1")
    monkeypatch.setenv("MEDIA_PYTHON", str(mine))
    lacks = run("check", "media")
    assert lacks.exit_code == 1
    assert "No module named 'celery'" in lacks.output
    assert f"{mine} -m pip install -e {ROOT}\n" in lacks.output
    monkeypatch.setenv("MEDIA_PYTHON", "/nowhere/python")
    assert "/nowhere/python: No such file or directory" in run("check", "media").output


def test_condas_are_found_and_used_only_when_chosen(tmp_path: Path) -> None:
    theirs = python(tmp_path / "opt" / "envs" / "realesrgan")
    environ = {"HOME": str(tmp_path / "nobody"), "CONDA_EXE": str(tmp_path / "opt/bin/conda")}
    assert chosen_interpreter("realesrgan", environ, tmp_path) is None
    seen = find_interpreter("realesrgan", environ, tmp_path)
    assert seen is not None
    assert (seen.source, seen.python) == ("conda", theirs)
    now = chosen_interpreter("realesrgan", environ | {"REALESRGAN_PYTHON": str(theirs)}, tmp_path)
    assert now is not None
    assert now.source == "chosen"


def test_check_asks_the_environment_itself(tmp_path: Path) -> None:
    offer = {"stage": "voice", "name": "xtts", "ok": True, "why": "", "remedy": ""}
    python(tmp_path / "venvs" / "xtts", f"echo '{json.dumps([offer])}'")
    done = run("check", "xtts")
    assert done.exit_code == 0
    assert "xtts/voice" in done.output


def test_check_fails_where_nothing_is_or_nothing_works(tmp_path: Path) -> None:
    nothing = run("check", "script")
    assert nothing.exit_code == 1
    assert "callsheet env create script" in nothing.output
    lack = {"stage": "voice", "name": "xtts", "ok": False, "why": "no weights", "remedy": "bring"}
    python(tmp_path / "venvs" / "xtts", f"echo '{json.dumps([lack])}'")
    broken = run("check", "xtts")
    assert broken.exit_code == 1
    assert "no weights" in broken.output


def test_an_unknown_environment_is_wrong_usage() -> None:
    assert run("create", "paris").exit_code == 2

"""The block of `docs/engines.md` runs as it is written, and its table names every check."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gpu_worker.engines.voice.espeak import ENGINE
from tests.gpu_worker.engines.conformance import CHECKS
from tests.gpu_worker.engines.voices import scene

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "engines.md").read_text(encoding="utf-8")


@pytest.fixture
def written() -> dict[str, Any]:
    """The names that the block has defined, beside an engine and its inputs."""
    [block] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {"ENGINE": ENGINE, "pytest": pytest}
    names |= {"make_inputs": scene(), "make_bad_inputs": scene("... — !")}
    exec(block, names)
    return names


def test_the_block_is_a_test_of_every_check(written: dict[str, Any], tmp_path: Path) -> None:
    marks = {mark.args[0]: mark.args[1] for mark in written["test_conformance"].pytestmark}
    assert marks == {"check": CHECKS, "case": written["CASES"]}
    [case] = marks["case"]
    assert str(case) == "espeak"
    for check in CHECKS:
        if check.__name__ in ("probes", "refuses"):  # those that are quick
            written["test_conformance"](case, check, tmp_path)


def test_the_table_has_every_check() -> None:
    table = PAGE.partition("| check | passes if |")[2].partition("\n\n")[0]
    named = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert named == [check.__name__ for check in CHECKS]

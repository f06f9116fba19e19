"""The promises of docs/security.md name tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
STATES = {"kept", "partly", "gap", "not applicable"}
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in PAGE.partition("\n## V1 ")[2].splitlines()
    if line.startswith("| V")
]


@cache
def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_chapter_of_the_standard_is_there() -> None:
    assert re.findall(r"^## V(\d+) ", PAGE, re.MULTILINE) == [str(n) for n in range(1, 18)]
    assert {row[0].partition(" ")[0].partition(".")[0] for row in ROWS} == {
        f"V{number}" for number in range(1, 18)
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}: {row[2][:40]}")
def test_a_promise_names_a_test_that_exists(row: tuple[str, ...]) -> None:
    _, state, promise, test = row
    assert state in STATES
    assert promise
    if state in ("gap", "not applicable"):
        assert not test, "what is not there cannot be tested"
        return
    found = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", test)
    assert found, f"{state}, and no test: {promise}"
    path = ROOT / found[1]
    assert path.exists(), found[1]
    assert found[2] in functions(path), test

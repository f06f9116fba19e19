"""The lines that instrumented code notes are those that `coverage` expects."""

from __future__ import annotations

import ast
import builtins
from pathlib import Path

import coverage
import pytest

from tests.coverage.instrument import instrumented

SOURCE = '''\
"""A docstring, which stays one."""

from __future__ import annotations

import functools
from enum import Enum

LIMIT = 1
"""What is said of a constant."""


class Colour(Enum):
    """A class."""

    RED = 1

    @property
    @functools.cache
    def text(
        self,
    ) -> str:
        """A method."""
        return self.name


def kind(value: object) -> str:
    match value:
        case int():
            return "number"
        case str():
            return "text"  # never
    if value is None:
        return "none"
    elif value:
        value = [part for part in (value,)]
    else:
        return "empty"  # never
    return "thing"


def outcome(value: float) -> str:
    global LIMIT
    try:
        1 / value
    except ZeroDivisionError:
        return "zero"
    else:
        value += 1
    finally:
        LIMIT += 1
    with open(__file__):
        while value < 4:
            value += 1
            if value == 3:
                continue
        else:
            return "ended"
    raise ValueError(value)  # never


def never() -> None:
    try:
        kind(0)  # never
    finally:
        kind(1)  # never


found = [Colour.RED.text, kind(3), kind(None), kind(1.5), outcome(0), outcome(1)]
'''


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "module.py"
    path.write_text(SOURCE)
    return path


def execute(
    module: Path, place: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, object], bytes]:
    noted = bytearray(place + 100)
    monkeypatch.setattr(builtins, "__lines__", noted, raising=False)
    names: dict[str, object] = {"__name__": "module", "__file__": str(module)}
    exec(instrumented(module, place), names)
    return names, bytes(noted)


def test_lines_that_are_not_reached_are_missing(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = 20
    _, noted = execute(module, place, monkeypatch)
    measured = coverage.Coverage(data_file=None, config_file=False)
    reached = [line for line, one in enumerate(noted[place:]) if one]
    measured.get_data().add_lines({str(module): reached})
    _, _, _, missing, _ = measured.analysis2(str(module))
    lines = SOURCE.splitlines()
    never = [number for number, line in enumerate(lines, 1) if line.endswith("# never")]
    never.append(1 + lines.index("    try:", lines.index("def never() -> None:")))
    assert missing == sorted(never)
    assert not any(noted[:place])


def test_the_code_does_what_it_did(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names, _ = execute(module, 0, monkeypatch)
    assert names["__doc__"] == ast.get_docstring(ast.parse(SOURCE))
    assert names["found"] == ["RED", "number", "none", "thing", "zero", "ended"]
    assert names["LIMIT"] == 3
    assert type(names["Colour"].RED).__doc__ == "A class."  # type: ignore[attr-defined]

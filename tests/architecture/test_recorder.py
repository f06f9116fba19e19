"""`make examples` runs the tests that gave the present examples; each gives its own again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from docs.generate.examples import best
from tests import recorder


def test_only_tests_that_gave_examples_are_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"GET /a": {"test": "t.py::one"}, "GET /b": {"test": "t.py::gone"}, "GET /c": {}}
    monkeypatch.setattr(recorder, "examples", lambda: known)
    items: list[Any] = [SimpleNamespace(nodeid=f"t.py::{name}") for name in ("one", "two")]
    left: list[Any] = []

    def deselected(items: list[Any]) -> None:
        left.extend(items)

    hook = SimpleNamespace(pytest_deselected=deselected)
    for is_wanted, kept in ((False, ["t.py::one", "t.py::two"]), (True, ["t.py::one"])):
        config = SimpleNamespace(getoption=lambda _, wanted=is_wanted: wanted, hook=hook)
        recorder.pytest_collection_modifyitems(cast("pytest.Config", config), items)
        assert [item.nodeid for item in items] == kept
    assert [item.nodeid for item in left] == ["t.py::two"]
    assert "is gone or slow now: t.py::gone" in capsys.readouterr().err


def test_a_test_gives_its_example_again_unless_it_was_refused() -> None:
    def exchange(test: str, status: int, **fields: int) -> dict[str, Any]:
        return {"test": test, "status": status, "request": {}, "query": {}, "json": fields}

    richer = exchange("t.py::other", 200, a=1, b=2)
    present = exchange("t.py::present", 200, a=1)
    assert best([richer, present]) is richer
    assert best([richer, present], "t.py::present") is present
    refused = exchange("t.py::present", 403, a=1)
    assert best([richer, refused], "t.py::present") is richer

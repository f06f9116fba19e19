"""The suite's own accounting: what a part costs, and which part exceeds its budget."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests import cost


def reported(nodeid: str, seconds: float) -> pytest.TestReport:
    return cast(Any, SimpleNamespace(nodeid=nodeid, user_properties=[("cpu", seconds)]))


def test_part_over_its_budget_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    budgets = tmp_path / "budgets.toml"
    budgets.write_text('"unit" = 10\n"integration" = 60\n')
    monkeypatch.setattr(cost, "BUDGETS", budgets)
    summary = cost.Summary()
    summary.pytest_runtest_logreport(reported("tests/unit/test_a.py::test_one", 8.0))
    summary.pytest_runtest_logreport(reported("tests/unit/test_b.py::test_two", 4.5))
    summary.pytest_runtest_logreport(reported("tests/integration/test_c.py::test_three", 59.0))
    assert summary.parts() == {"unit": 12.5, "integration": 59.0}
    assert summary.exceeded() == ["unit cost 12 CPU seconds; its budget in budgets.toml is 10"]


def test_last_report_of_a_test_holds_its_whole_cost() -> None:
    summary = cost.Summary()
    for seconds in (0.5, 2.0, 2.5):  # setup, call, teardown
        summary.pytest_runtest_logreport(reported("tests/unit/test_a.py::test_one", seconds))
    assert summary.modules() == {"tests/unit/test_a.py": 2.5}

"""What the benches say of their figures."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.bench import report
from tests.bench.report import Row, interval, known_at_most


def test_an_interval_holds_the_true_median_nineteen_times_in_twenty() -> None:
    chance = random.Random(5)
    held = 0
    for _ in range(1000):
        low, _, high = interval([chance.lognormvariate(0, 1) for _ in range(30)])
        held += low <= 1 <= high
    assert held >= 940


@pytest.mark.parametrize(
    ("low", "high", "met"), [(1.0, 9.0, True), (16.0, 20.0, False), (9.0, 20.0, None)]
)
def test_only_what_is_sure_is_a_verdict(low: float, high: float, met: bool | None) -> None:
    assert known_at_most("cost", low, 10.0, high, "%", 15)[0].met is met


@pytest.mark.parametrize("is_small", [True, False])
def test_a_small_run_keeps_no_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_small: bool
) -> None:
    monkeypatch.setattr(report, "DIRECTORY", tmp_path)
    monkeypatch.setattr(report, "IS_SMALL", is_small)
    report.write("one", [Row("jobs", 1, "")])
    report.write_beside("other.json", {})
    assert sorted(path.name for path in tmp_path.iterdir()) == (
        [] if is_small else ["one.json", "other.json"]
    )

"""What the benches say of their figures."""

from __future__ import annotations

import random

import pytest

from tests.bench.report import interval, known_at_most


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

"""Peaks: reckoned from when jobs came, began and ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from web.monitoring.reports.operations import HOUR, Peak, busiest, most

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def test_no_jobs_have_no_peak() -> None:
    assert busiest([]) is None
    assert most([]) is None


def test_the_busiest_hour_begins_anywhere() -> None:
    assert busiest(map(minute, (0, 30, 50, 65, 89, 200))) == Peak(minute(30), 4)
    assert busiest(map(minute, (0, 60))) == Peak(minute(0), 1)


def test_most_running_at_once_has_the_time_it_was_first_reached() -> None:
    stretches = [(0, 10), (5, 20), (8, 9), (30, 40), (31, 40), (32, 40)]
    assert most((minute(a), minute(b)) for a, b in stretches) == Peak(minute(8), 3)


def test_adjacent_jobs_do_not_overlap() -> None:
    assert most([(minute(0), minute(5)), (minute(5), minute(9))]) == Peak(minute(0), 1)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 90)), max_size=30))
def test_peaks_match_a_simple_count(spans: list[tuple[int, int]]) -> None:
    stretches = [(minute(begin), minute(begin + length)) for begin, length in spans]
    at_once = [sum(a <= at < b for a, b in stretches) for at, _ in stretches]
    assert (most(stretches) or Peak(NOON, 0)).jobs == max(at_once, default=0)
    within = [sum(at <= came < at + HOUR for came, _ in stretches) for at, _ in stretches]
    assert (busiest(came for came, _ in stretches) or Peak(NOON, 0)).jobs == max(within, default=0)

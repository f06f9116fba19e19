"""Which states of a job are final, and which the user may leave by a retry."""

from __future__ import annotations

import pytest

from tasks.domain.job import OPEN_STATES, JobState


@pytest.mark.parametrize(
    ("state", "terminal", "reopenable"),
    [
        (JobState.QUEUED, False, False),
        (JobState.RUNNING, False, False),
        (JobState.SUCCEEDED, True, False),
        (JobState.FAILED, True, True),
        (JobState.CANCELLED, True, True),
    ],
)
def test_a_job_is_open_until_its_end(state: JobState, terminal: bool, reopenable: bool) -> None:
    assert (state.terminal, state.reopenable) == (terminal, reopenable)
    assert (state in OPEN_STATES) is not terminal

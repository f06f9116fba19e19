"""What a terminal shows of a job, from the events as the bus sends them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from tasks.domain.events import Event, EventType
from web.cli.local.display import Bars, Lines, times
from web.cli.local.job_view import JobView

STEPS = [
    {"stage": "script", "scene": None, "engine": "offline", "weight": 10},
    {"stage": "voice", "scene": 0, "engine": "piper", "weight": 20},
    {"stage": "voice", "scene": 1, "engine": "piper", "weight": 20},
    {"stage": "assemble", "scene": None, "engine": "ffmpeg", "weight": 50},
]


def event(
    event_type: EventType,
    /,
    stage: str | None = None,
    scene: int | None = None,
    percent: float = 0.0,
    **details: Any,
) -> dict[str, Any]:
    said = Event(event_type, "session", "job", stage, scene, "said", details)
    return said.numbered("1-0", percent, "12.0 10.0 15.0").to_dict()


@pytest.fixture
def board() -> JobView:
    board = JobView("job")
    board.apply(event(EventType.PROCESSING_STARTED, stages=STEPS))
    return board


def started(stage: str, scene: int | None = None, engine: str = "piper") -> dict[str, Any]:
    return event(EventType.STAGE_STARTED, stage, scene, engine=engine, kind="lite")


def completed(stage: str, scene: int | None, seconds: float, *, found: bool) -> dict[str, Any]:
    details = {"engine": "piper", "kind": "lite", "seconds": seconds, "found": found}
    return event(EventType.STAGE_COMPLETED, stage, scene, 40.0, stage_percent=100.0, **details)


def test_every_stage_has_a_row_before_it_starts(board: JobView) -> None:
    assert [row.stage for row in board.rows.values()] == ["script", "voice", "assemble"]
    assert {row.state for row in board.rows.values()} == {"waiting"}
    assert board.rows["voice"].scenes == "0/2"
    assert board.rows["script"].scenes == ""


def test_scenes_are_added_up(board: JobView) -> None:
    board.apply(started("voice", 0))
    board.apply(
        event(EventType.PROGRESS_UPDATE, "voice", 1, engine="piper", kind="lite", stage_percent=50)
    )
    board.apply(completed("voice", 0, 1.5, found=False))
    voice = board.rows["voice"]
    assert (voice.percent, voice.state, voice.scenes) == (75.0, "running", "1/2")
    board.apply(completed("voice", 1, 0.0, found=True))
    assert (voice.percent, voice.state, voice.scenes) == (100.0, "done", "2/2")
    assert (voice.seconds, voice.origin) == (1.5, "1 found, 1 computed")


def test_late_events_do_not_reopen_a_finished_job(board: JobView) -> None:
    board.apply(completed("script", None, 1.0, found=False))
    board.apply(started("script", engine="offline"))
    assert board.rows["script"].state == "done"
    board.apply(event(EventType.PROGRESS_UPDATE, percent=10.0))
    assert board.percent == 40.0


def test_retried_stage_shows_as_running(board: JobView) -> None:
    board.apply(event(EventType.STAGE_FAILED, "voice", 0, error_code="ENGINE_BROKEN"))
    assert board.rows["voice"].state == "failed"
    board.apply(started("voice", 0))
    assert board.rows["voice"].state == "running"


def test_other_jobs_of_the_session_are_not_shown(board: JobView) -> None:
    board.apply(event(EventType.PIPELINE_FAILED) | {"job_id": "other"})
    assert board.end is None


def test_final_event_carries_its_details(board: JobView) -> None:
    board.apply(event(EventType.PIPELINE_COMPLETED, percent=100.0, final_output={"filename": "f"}))
    assert board.end == "pipeline_completed"
    assert board.details["final_output"] == {"filename": "f"}


def written(show: Any) -> str:
    text = io.StringIO()
    Console(file=text, width=110, force_terminal=False).print(show)
    return text.getvalue()


def test_bars_name_stage_engine_scenes_and_estimate(board: JobView) -> None:
    board.apply(started("voice", 0))
    board.apply(event(EventType.STAGE_STARTED, "script", engine="simulated", kind="simulated"))
    text = written(Bars(board))
    for expected in ("voice", "0/2", "piper", "simulated", "about 0:12 left", "video"):
        assert expected in text


def test_lines_say_each_change_once(board: JobView) -> None:
    text = io.StringIO()
    lines = Lines(Console(file=text, width=110))
    for _ in range(2):
        board.apply(started("voice", 0))
        lines.show(board)
    board.apply(completed("voice", 0, 1.25, found=False))
    lines.show(board)
    assert text.getvalue().splitlines() == [
        "voice of scene 1: running, piper",
        "voice of scene 1: done in 1.2 s, piper",
        " 40 %, about 0:12 left",
    ]


def test_the_table_says_what_was_found(board: JobView) -> None:
    board.apply(completed("voice", 0, 1.0, found=True))
    board.apply(completed("voice", 1, 2.0, found=True))
    line = next(line for line in written(times(board)).splitlines() if line.startswith("voice"))
    assert line.split() == ["voice", "2", "piper", "3.0", "found"]

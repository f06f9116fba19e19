"""Scenes in frames: they cover the video, overlap as planned and move to beats."""

from __future__ import annotations

from typing import Any

import pytest

from gpu_worker.media.editing.timeline import RATE, Timeline, place
from tasks.domain.project_planner import timeline
from tasks.domain.video_plan import VideoPlan


def entries(*scenes: tuple[float, str, float]) -> list[dict[str, Any]]:
    """Entries of a timeline from lengths, transitions and their lengths."""
    written = [
        {
            "id": f"s{n}",
            "seconds": seconds,
            "prompt": "a",
            "transition": {"kind": kind, "seconds": over},
        }
        for n, (seconds, kind, over) in enumerate(scenes)
    ]
    return timeline(VideoPlan.from_dict({"scenes": written}), ("transition",))


PLANNED = entries((4, "cut", 0), (5, "crossfade", 0.6), (3, "dip", 0.4), (4, "slide", 0.5))


def test_scenes_cover_the_video_and_overlap_as_planned() -> None:
    timeline = place(PLANNED)
    assert timeline.seconds == pytest.approx(4 + 5 + 3 + 4 - 0.6 - 0.5, abs=1 / RATE)
    assert [scene.overlap for scene in timeline.scenes] == [0, 15, 0, round(0.5 * RATE)]
    for before, after in zip(timeline.scenes, timeline.scenes[1:], strict=False):
        assert after.first + after.overlap == before.first + before.frames
    assert Timeline.from_list(timeline.to_list()) == timeline


def test_boundaries_move_to_near_beats_and_the_length_stays() -> None:
    planned = place(PLANNED)
    beats = [n * 60 / 126 for n in range(60)]
    moved = place(PLANNED, beats)
    assert moved.frames == planned.frames
    for at in moved.boundaries:
        assert min(abs(at - beat) for beat in beats) <= 0.6 / RATE
    for old, new in zip(planned.boundaries, moved.boundaries, strict=True):
        assert abs(old - new) <= 0.4 + 1 / RATE


def test_a_beat_that_is_far_away_moves_nothing() -> None:
    assert place(PLANNED, [0.0, 30.0]) == place(PLANNED)

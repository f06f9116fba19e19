"""When the first scene of a job goes before the others, and when that would cost time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tasks.domain.plan import EngineChoice, Step
from tasks.messaging import scene_order
from tasks.messaging.scene_order import first_goes_first

LITE = EngineChoice("simulated", "1", "simulated", "", "lite")
STAGES = {"voice": 0.3, "animate": 0.6, "enhance": 0.9}


def scenes(*lengths: float) -> list[list[list[Step]]]:
    """A round of scenes, each so many times as long as the first."""
    return [
        [
            [
                Step(stage, scene, LITE, {}, None, seconds * length, 0.0, ())
                for stage, seconds in STAGES.items()
            ]
            for scene, length in enumerate(lengths)
        ]
    ]


@pytest.mark.parametrize("workers", [2, 4, 8])
def test_equal_scenes_that_fill_all_workers_run_together(workers: int) -> None:
    assert not first_goes_first(scenes(*[1.0] * 24), {"lite": workers})


@pytest.mark.parametrize(
    ("lengths", "workers"),
    [([1.0], 4), ([1.0] * 6, 1), ([1.0] * 4, 8), ([1.0] * 6, 0), ([2.0, 1.0, 1.0], 2)],
)
def test_the_first_scene_goes_first_where_that_costs_nothing(
    lengths: list[float], workers: int
) -> None:
    assert first_goes_first(scenes(*lengths), {"lite": workers} if workers else {})


@examples(max_examples=60)
@given(st.lists(st.floats(0.2, 3.0), min_size=1, max_size=12), st.integers(1, 9))
def test_the_choice_never_costs_more_than_its_tolerance(lengths: list[float], workers: int) -> None:
    rounds, fleet = scenes(*lengths), {"lite": workers}
    together = scene_order.seconds(rounds, fleet, overtakes=False)
    work = sum(step.seconds for branch in rounds[0] for step in branch)
    longest = max(sum(step.seconds for step in branch) for branch in rounds[0])
    assert together >= max(work / workers, longest) - 1e-9
    assert together <= work / workers + longest + 1e-9
    if first_goes_first(rounds, fleet):
        overtaking = scene_order.seconds(rounds, fleet, overtakes=True)
        assert overtaking <= together * (1 + scene_order.TOLERANCE)


def test_queues_of_several_environments_are_served_apart() -> None:
    (branches,) = scenes(*[1.0] * 8)
    homes = {"voice": "xtts", "animate": "sadtalker", "enhance": "realesrgan"}
    apart = [
        [replace(s, engine=replace(s.engine, environment=homes[s.stage])) for s in branch]
        for branch in branches
    ]
    fleet = {"xtts": 1, "sadtalker": 2, "realesrgan": 3}
    assert scene_order.seconds([apart], fleet, overtakes=False) >= 8 * 0.3 + 0.6 + 0.9
    assert first_goes_first([apart], {"xtts": 8, "sadtalker": 8, "realesrgan": 8})

"""Which environments a job needs, also those that have no workers at the moment."""

from __future__ import annotations

from typing import Any

import pytest

from config.environments import ENVIRONMENTS
from config.stages import STAGES
from tasks.domain.autoscaling import needed, to_start
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer

GPU = ("xtts", "sadtalker", "realesrgan")
SECOND = {
    "script": "offline",
    "voice": "kokoro",
    "face": "mediapipe_mesh",
    "animate": "mesh_warp",
    "enhance": "lanczos",
    "assemble": "ffmpeg",
}


def offers(*environments: str) -> list[Offer]:
    """What workers of these environments offer: `lite` its own engines, the others the best."""
    return [
        Offer(
            stage=stage,
            name=SECOND[stage] if name == "lite" else STAGES[stage].engines[0],
            version="1",
            kind="lite" if name == "lite" else "real",
            environment=name,
        )
        for name in environments
        for stage in ENVIRONMENTS[name].stages
        if stage in STAGES
    ]


def options(**values: Any) -> JobOptions:
    return JobOptions(script="One scene.", **values)


def test_without_workers_the_preferred_environments_are_started() -> None:
    starting = to_start([], options(mode="production"), [*ENVIRONMENTS])
    assert starting == {name: stage.environment for name, stage in STAGES.items()}


def test_one_environment_is_started_for_a_stage() -> None:
    """Where only `lite` is scaled, it runs every stage; where both are, the preferred one."""
    assert set(to_start([], options(), ["lite"]).values()) == {"lite"}
    starting = to_start([], options(), ["lite", "xtts"])
    assert starting["voice"] == "xtts"
    assert starting["face"] == "lite"


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, {"voice": "xtts", "animate": "sadtalker", "enhance": "realesrgan"}),
        ({"engines": {"voice": "kokoro"}}, {"animate": "sadtalker", "enhance": "realesrgan"}),
        ({"quality": "fast"}, {"voice": "xtts", "animate": "sadtalker"}),
        ({"voice": {"id": "af_heart"}}, {"animate": "sadtalker", "enhance": "realesrgan"}),
        ({"mode": "simulation"}, {}),
    ],
)
def test_a_better_engine_is_started_unless_the_request_excludes_it(
    chosen: dict[str, Any], expected: dict[str, str]
) -> None:
    assert to_start(offers("lite"), options(**chosen), GPU) == expected


def test_environments_that_are_not_scaled_or_have_workers_are_not_started() -> None:
    assert to_start(offers("lite"), options(), []) == {}
    assert to_start(offers("lite", *GPU), options(), GPU) == {}


def test_a_job_counts_for_the_environments_that_it_needs_and_no_others() -> None:
    assert needed(offers("lite"), options(), []) == {"lite"}
    assert needed(offers("lite"), options(), ["xtts"]) == {"lite", "xtts"}
    assert needed(offers("lite"), options(mode="simulation"), GPU) == {"lite"}
    everything = {"script", "xtts", "sadtalker", "realesrgan", "media"}
    assert needed([], options(), [*ENVIRONMENTS]) == everything


def test_a_stage_without_a_declared_environment_counts_for_all_that_could_run_it() -> None:
    assert needed([], options(), []) == ENVIRONMENTS.keys() - {"hosted"}
    assert needed([], options(mode="simulation"), []) == {"lite", "media"}

"""Content keys: whatever could change a result changes its key, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tasks.domain.artifact import Blob, content_key
from tasks.domain.plan import EngineChoice
from tasks.domain.step_inputs import Resolved
from tests.tasks.domain.plans import simple_plan

PARTS: dict[str, Any] = {
    "stage": "voice",
    "engine": {"name": "piper", "version": "1", "weights": "w"},
    "params": {"language": "en"},
    "seed": 7,
    "inputs": {"None:script/scene.json": "a" * 64},
    "salt": "owner",
}
OTHERS: dict[str, Any] = {
    "stage": "animate",
    "engine": {"name": "kokoro", "version": "1", "weights": "w"},
    "params": {"language": "de"},
    "seed": 8,
    "inputs": {"None:script/scene.json": "b" * 64},
    "salt": "another owner",
}
BLOB = Blob("a" * 64, 10, "application/json")
ENGINE = EngineChoice("piper", "1", "real", "weights", "lite")


@pytest.mark.parametrize("part", PARTS)
def test_each_part_changes_the_key(part: str) -> None:
    assert content_key(**PARTS) == content_key(**PARTS)
    assert content_key(**PARTS | {part: OTHERS[part]}) != content_key(**PARTS)


@pytest.mark.parametrize(
    "other", [{"name": "kokoro"}, {"version": "2"}, {"weights": "others"}], ids=str
)
def test_name_version_and_weights_are_the_identity_of_an_engine(other: dict[str, str]) -> None:
    assert replace(ENGINE, **other).identity != ENGINE.identity


def test_environment_and_speed_are_not_part_of_the_identity_of_an_engine() -> None:
    elsewhere = replace(ENGINE, environment="xtts", device="cuda", seconds=3.0)
    assert elsewhere.identity == ENGINE.identity


def test_a_step_with_another_input_engine_or_owner_has_another_key() -> None:
    step = simple_plan().step("voice", 0)
    place = (None, "script/scene.json")
    resolved = Resolved({place: BLOB}, "owner")
    changed_input = Resolved({place: replace(BLOB, sha256="b" * 64)}, "owner")
    renamed = Resolved({(None, "script/other.json"): BLOB}, "owner")
    of_a_scene = Resolved({(0, "script/scene.json"): BLOB}, "owner")
    keys = {resolved.key(step)}
    keys |= {other.key(step) for other in (changed_input, renamed, of_a_scene)}
    keys.add(Resolved({place: BLOB}, "another").key(step))
    keys.add(resolved.key(replace(step, engine=replace(step.engine, weights="others"))))
    keys.add(resolved.key(replace(step, seed=1)))
    keys.add(resolved.key(replace(step, seed=2)))
    assert len(keys) == 8


def test_two_scripts_with_one_seed_share_no_result() -> None:
    one, other = (simple_plan(script=text, seed=7) for text in ("One film.", "Another film."))
    assert one.step("script", None).params != other.step("script", None).params
    assert one.seed == other.seed == 7


def test_seed_zero_is_used() -> None:
    one, other = (simple_plan(script=text, seed=0) for text in ("One film.", "Another film."))
    assert (one.seed, other.seed) == (0, 0)
    assert {step.seed for step in one.steps if step.stage != "script"} <= {0, None}
    assert 0 in {step.seed for step in one.steps}


@pytest.mark.parametrize("asked", [True, False])
def test_the_label_is_drawn_only_on_request(asked: bool) -> None:
    assert simple_plan(label=asked).step("assemble", None).params["label"] is asked

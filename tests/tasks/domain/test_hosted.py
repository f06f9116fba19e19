"""Purchases and reports of hosted clips: what cannot be one is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tasks.domain.hosted import (
    ClipOrder,
    Purchase,
    Remote,
    Report,
    Task,
    artifact_key,
    frame_size,
)
from tasks.domain.wire import Malformed

REMOTE = Remote("maker", "wire", "https://maker.example", "model-1")
ORDER = ClipOrder("A beach.", 5.0, "9:16")
PURCHASE = Purchase("pvc_1", "job-1", 1, REMOTE, ORDER)
TASK = Task("pvc_1", "job-1", REMOTE, "task-1", "key-1", ORDER)


@pytest.mark.parametrize(("attempt", "valid"), [(0, False), (1, True), (999, True), (1000, False)])
def test_attempts_are_counted_from_one(attempt: int, valid: bool) -> None:
    if valid:
        assert replace(PURCHASE, attempt=attempt).attempt == attempt
        return
    with pytest.raises(Malformed):
        replace(PURCHASE, attempt=attempt)


@pytest.mark.parametrize("name", ["call_id", "job_id"])
@pytest.mark.parametrize("made", [PURCHASE, TASK], ids=["purchase", "task"])
def test_ids_are_short_words(made: Any, name: str) -> None:
    assert replace(made, **{name: "x" * 64})
    for wrong in ("", "x" * 65, "../1", "a b", "a\n"):
        with pytest.raises(Malformed):
            replace(made, **{name: wrong})


def report(**fields: Any) -> Report:
    return Report.from_json(json.dumps({"call_id": "pvc_1", "outcome": "ready"} | fields))


@pytest.mark.parametrize("name", ["task_id", "key", "artifact"])
def test_names_in_a_report_have_at_most_four_hundred_characters(name: str) -> None:
    assert getattr(report(**{name: "x" * 400}), name) == "x" * 400
    with pytest.raises(Malformed):
        report(**{name: "x" * 401})


@pytest.mark.parametrize(
    "fields", [{"outcome": "done"}, {"outcome": ""}, {"cause": "weather"}, {"call_id": "a b"}]
)
def test_a_report_of_something_unknown_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        report(**fields)


def test_a_report_may_name_the_cause_of_a_failure() -> None:
    assert report().cause == ""
    assert report(outcome="failed", cause="moderation").cause == "moderation"


def test_each_purchase_has_a_clip_of_its_own() -> None:
    known = artifact_key(TASK)
    assert artifact_key(replace(TASK, urls=("https://maker.example/a",))) == known
    others = (
        replace(TASK, call_id="pvc_2"),
        replace(TASK, task_id="task-2"),
        replace(TASK, remote=replace(REMOTE, provider="other")),
        replace(TASK, remote=replace(REMOTE, model="model-2")),
    )
    assert len({known, *map(artifact_key, others)}) == 5


@pytest.mark.parametrize(
    ("ratio", "resolution", "size"),
    [
        ("9:16", "720p", (720, 1280)),
        ("16:9", "1080p", (1920, 1080)),
        ("21:9", "360p", (840, 360)),
        ("16:9", "480p", (854, 480)),
        ("1:1", "", (720, 720)),
        ("4:5", "unknown", (720, 900)),
    ],
)
def test_both_sides_of_a_clip_are_even(ratio: str, resolution: str, size: tuple[int, int]) -> None:
    assert frame_size(ratio, resolution) == size

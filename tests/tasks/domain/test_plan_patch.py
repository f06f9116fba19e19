"""A patch changes what it names and nothing else, and is refused at its limits."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain import plan_patch
from tasks.domain.plan_patch import MOST_OPERATIONS
from tasks.domain.typed_document import InvalidDocument
from tasks.domain.video_plan import VideoPlan, VideoScene

NOTHING = "names nothing in the plan"


def plan() -> VideoPlan:
    return VideoPlan(
        scenes=tuple(VideoScene(id=f"s{n}", seconds=4.0, prompt=f"Shot {n}.") for n in range(3))
    )


def added(number: int) -> dict[str, Any]:
    return {"id": f"s{number}", "seconds": 3.0, "prompt": "New."}


def ids(*patch: dict[str, Any]) -> list[str]:
    return [scene.id for scene in plan_patch.apply(plan(), list(patch)).scenes]


def test_scenes_are_added_removed_and_moved() -> None:
    assert ids({"op": "add", "path": "/scenes/0", "value": added(9)}) == ["s9", "s0", "s1", "s2"]
    assert ids({"op": "add", "path": "/scenes/3", "value": added(9)}) == ["s0", "s1", "s2", "s9"]
    assert ids({"op": "add", "path": "/scenes/-", "value": added(9)}) == ["s0", "s1", "s2", "s9"]
    assert ids({"op": "remove", "path": "/scenes/1"}) == ["s0", "s2"]
    assert ids({"op": "replace", "path": "/scenes/2", "value": added(9)}) == ["s0", "s1", "s9"]
    assert ids({"op": "move", "from": "/scenes/2", "path": "/scenes/0"}) == ["s2", "s0", "s1"]


def test_fields_are_replaced_and_added() -> None:
    patch = [
        {"op": "replace", "path": "/scenes/1/prompt", "value": "Rain."},
        {"op": "add", "path": "/scenes/0/voice_line", "value": "Hello."},
    ]
    before = plan()
    after = plan_patch.apply(before, patch)
    assert [scene.prompt for scene in after.scenes] == ["Shot 0.", "Rain.", "Shot 2."]
    assert after.scenes[0].voice_line == "Hello."
    assert before == plan()


def test_as_many_operations_as_the_limit_are_applied() -> None:
    one = {"op": "replace", "path": "/scenes/1/prompt", "value": "Rain."}
    assert plan_patch.apply(plan(), [one] * MOST_OPERATIONS).scenes[1].prompt == "Rain."
    for wrong in ([one] * (MOST_OPERATIONS + 1), {"op": "remove"}, None):
        with pytest.raises(InvalidDocument) as refused:
            plan_patch.apply(plan(), wrong)
        assert [problem.path for problem in refused.value.problems] == ["patch"]


@pytest.mark.parametrize(
    ("operation", "path", "message"),
    [
        ("remove", "patch[0]", "must have an `op`"),
        ({"op": "test", "path": "/scenes"}, "patch[0]", "must have an `op`"),
        ({"op": "remove"}, "patch[0].path", "must be a JSON pointer"),
        ({"op": "remove", "path": "scenes"}, "patch[0].path", "must be a JSON pointer"),
        ({"op": "remove", "path": "/" + "a" * 200}, "patch[0].path", "must be a JSON pointer"),
        ({"op": "remove", "path": "/" + "a" * 199}, "patch[0]", NOTHING),
        ({"op": "remove", "path": "/a~1b"}, "patch[0]", NOTHING),
        ({"op": "remove", "path": "/scenes/3"}, "patch[0]", NOTHING),
        ({"op": "remove", "path": "/scenes/01"}, "patch[0]", NOTHING),
        ({"op": "remove", "path": "/scenes/-"}, "patch[0]", NOTHING),
        ({"op": "remove", "path": "/scenes/0/id/x"}, "patch[0]", NOTHING),
        ({"op": "move", "path": "/scenes/0"}, "patch[0].from", "must be a JSON pointer"),
        ({"op": "replace", "path": "/scenes/0/prompt"}, "patch[0].value", "is missing"),
        ({"op": "replace", "path": "/scenes/3", "value": {}}, "patch[0]", NOTHING),
        ({"op": "replace", "path": "/other", "value": ""}, "patch[0]", NOTHING),
        ({"op": "add", "path": "/scenes/4", "value": {}}, "patch[0]", NOTHING),
        ({"op": "add", "path": "/scenes/x", "value": {}}, "patch[0]", NOTHING),
        ({"op": "add", "path": "/scenes/0/prompt/0", "value": "a"}, "patch[0]", NOTHING),
        ({"op": "add", "path": "/scenes/0/~0~1", "value": 1}, "scenes[0].~/", "is not a known"),
    ],
)
def test_a_wrong_operation_is_refused(operation: Any, path: str, message: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        plan_patch.apply(plan(), [operation])
    [problem] = refused.value.problems
    assert (problem.path, problem.message[: len(message)]) == (path, message)


def test_the_value_of_an_operation_is_copied() -> None:
    value = added(9)
    patch = [
        {"op": "add", "path": "/scenes/-", "value": value},
        {"op": "replace", "path": "/scenes/3/prompt", "value": "Other."},
    ]
    assert plan_patch.apply(plan(), patch).scenes[3].prompt == "Other."
    assert value == added(9)

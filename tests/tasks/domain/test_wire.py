"""Messages of other processes are read up to each limit, and refused with their reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tasks.domain import wire
from tasks.domain.wire import DEEPEST, LARGEST_INTEGER, LONGEST, Malformed


@dataclass(frozen=True)
class Part:
    name: str


@dataclass(frozen=True)
class Message:
    name: str
    size: int = 0
    ratio: float = 0.0
    anything: Any = None
    word: str | None = None
    part: Part | None = None
    parts: tuple[Part, ...] = ()
    pair: tuple[str, int] = ("", 0)
    table: dict[str, int] | None = None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("size", 5, 5),
        ("ratio", 5, 5.0),
        ("ratio", 0.5, 0.5),
        ("anything", {"a": [1]}, {"a": [1]}),
        ("word", None, None),
        ("word", "w", "w"),
        ("part", {"name": "p"}, Part("p")),
        ("parts", [{"name": "p"}, {"name": "q"}], (Part("p"), Part("q"))),
        ("pair", ["a", 1], ("a", 1)),
        ("table", {"a": 1}, {"a": 1}),
    ],
)
def test_a_fitting_value_is_read(name: str, value: Any, expected: Any) -> None:
    read = wire.build(Message, {"name": "n", name: value, "of a newer version": 1})
    assert getattr(read, name) == expected
    assert type(getattr(read, name)) is type(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", 5),
        ("size", "5"),
        ("size", True),
        ("size", 5.0),
        ("ratio", True),
        ("ratio", "5"),
        ("word", 5),
        ("part", []),
        ("parts", {"name": "p"}),
        ("parts", "pq"),
        ("pair", ["a"]),
        ("pair", ["a", 1, 2]),
        ("pair", [1, "a"]),
        ("table", [["a", 1]]),
        ("table", {"a": "1"}),
    ],
)
def test_a_value_of_another_type_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(Malformed, match=rf"^{name} has the wrong type$"):
        wire.build(Message, {"name": "n", name: value})


def test_a_nested_value_is_refused_by_its_own_name() -> None:
    with pytest.raises(Malformed, match=r"^name has the wrong type$"):
        wire.build(Message, {"name": "n", "parts": [{"name": 5}]})


def test_required_fields_and_given_ones() -> None:
    with pytest.raises(Malformed, match=r"^name is missing$"):
        wire.build(Message, {"size": 1})
    with pytest.raises(Malformed, match=r"^Message is not an object$"):
        wire.build(Message, [])
    assert wire.build(Message, {"name": 5, "size": 1}, name="given") == Message("given", 1)
    assert wire.build(Message, {"size": 1}, name="given") == Message("given", 1)


def test_one_field_of_a_mapping() -> None:
    assert wire.field({"a": "x"}, "a", str) == "x"
    with pytest.raises(Malformed, match=rf"^{'a' * 50} is missing$"):
        wire.field({}, "a" * 60, str)
    with pytest.raises(Malformed, match=rf"^{'a' * 50} has the wrong type$"):
        wire.field({"a" * 60: 1}, "a" * 60, str)


def test_text_has_a_longest_length() -> None:
    assert wire.parse('"' + "a" * (LONGEST - 2) + '"') == "a" * (LONGEST - 2)
    with pytest.raises(Malformed, match=rf"^longer than {LONGEST} characters$"):
        wire.parse('"' + "a" * (LONGEST - 1) + '"')


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
def test_depth_has_a_limit(opened: str, closed: str) -> None:
    wire.parse(opened * DEEPEST + "1" + closed * DEEPEST)
    for deep in (DEEPEST + 1, 100_000):
        with pytest.raises(Malformed, match=r"^nested too deeply$"):
            wire.parse(opened * deep + "1" + closed * deep)


def test_what_is_not_json_has_a_short_reason() -> None:
    with pytest.raises(Malformed, match=r"^not JSON: Expecting value"):
        wire.parse("")
    with pytest.raises(Malformed) as refused:
        wire.parse("1" * 5000)  # Python explains at length why it reads no such number
    assert len(str(refused.value)) == len("not JSON: ") + 100


def test_values_that_can_be_stored() -> None:
    found = wire.checked({"a": (1, 2.5, None, True), "b\x00": "c\x00", "d": float("inf")})
    assert found == {"a": [1, 2.5, None, True], "b\ufffd": "c\ufffd", "d": None}
    assert wire.checked(LARGEST_INTEGER) == LARGEST_INTEGER
    assert wire.checked(-LARGEST_INTEGER) == -LARGEST_INTEGER
    for wrong in (LARGEST_INTEGER + 1, {1}, b"a"):
        with pytest.raises(Malformed, match="out of range or not JSON"):
            wire.checked(wrong)
    with pytest.raises(Malformed, match=r"^a key is not a string$"):
        wire.checked({1: "a"})


def test_text_is_shortened_only_on_request() -> None:
    assert wire.safe_text("abc\x07") == "abc\ufffd"
    assert wire.safe_text("abc", 2) == "ab"

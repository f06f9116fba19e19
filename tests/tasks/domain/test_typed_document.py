"""Documents are read strictly: at each limit, with every error, and as their JSON Schema says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest

from tasks.domain import typed_document
from tasks.domain.typed_document import (
    InvalidDocument,
    Length,
    OneOf,
    Pattern,
    Problem,
    Range,
    json_schema,
    plain,
)
from tasks.domain.wire import LARGEST_INTEGER


@dataclass(frozen=True)
class Part:
    name: Annotated[str, Length(3, 1)]


@dataclass(frozen=True)
class Whole:
    size: Annotated[float, Range(2, 10)]
    kind: Annotated[str, OneOf(("a", "b"))] = "a"
    code: Annotated[str, Pattern("[0-9]+")] = "0"
    count: int = 0
    ratio: float = 0.0
    good: bool = False
    word: Annotated[str, Length(4, 2)] = "word"
    part: Part | None = None
    limit: Annotated[float, Range(0, 1)] | None = None
    parts: Annotated[tuple[Part, ...], Length(2, 1)] = (Part("a"),)
    rest: Annotated[tuple[str, ...], Length(3, 2)] = field(default=("a", "b"))


def read(**fields: Any) -> Whole:
    return typed_document.read(Whole, {"size": 2} | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"size": 10},
        {"count": LARGEST_INTEGER},
        {"count": -LARGEST_INTEGER},
        {"word": "ab"},
        {"word": "abcd"},
        {"limit": None},
        {"limit": 1.0},
        {"part": {"name": "abc"}},
        {"parts": [{"name": "a"}, {"name": "b"}]},
        {"rest": ["a", "b", "c"]},
    ],
)
def test_a_value_at_its_limit_is_read(fields: dict[str, Any]) -> None:
    document = read(**fields)
    [name] = fields
    assert plain(document)[name] == fields[name]
    assert read(**plain(document)) == document


def test_a_whole_number_is_read_as_a_number_and_a_list_as_a_tuple() -> None:
    document = read(ratio=LARGEST_INTEGER, rest=["x", "y"])
    assert (type(document.ratio), document.rest) == (float, ("x", "y"))


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({"size": 1.99}, "size", "must be from 2 to 10"),
        ({"size": "2"}, "size", "must be a number"),
        ({"size": True}, "size", "must be a number"),
        ({"size": float("nan")}, "size", "is too large"),
        ({"ratio": LARGEST_INTEGER + 1}, "ratio", "is too large"),
        ({"ratio": float("-inf")}, "ratio", "is too large"),
        ({"count": LARGEST_INTEGER + 1}, "count", "is too large"),
        ({"count": True}, "count", "must be a whole number"),
        ({"count": 1.0}, "count", "must be a whole number"),
        ({"good": 1}, "good", "must be true or false"),
        ({"kind": "c"}, "kind", "must be one of: a, b"),
        ({"kind": 1}, "kind", "must be a text"),
        ({"kind": "a\x07"}, "kind", "contains characters that cannot be shown"),
        ({"code": "1x"}, "code", "has characters that are not accepted here"),
        ({"word": "a"}, "word", "needs at least 2 characters"),
        ({"word": " a "}, "word", "needs at least 2 characters"),
        ({"word": "abcde"}, "word", "must have at most 4 characters"),
        ({"part": {"name": "  "}}, "part.name", "must not be empty"),
        ({"part": 5}, "part", "must be an object"),
        ({"limit": 2}, "limit", "must be from 0 to 1"),
        ({"parts": []}, "parts", "must not be empty"),
        ({"parts": None}, "parts", "must be a list"),
        ({"parts": [{"name": "a"}, {}]}, "parts[1].name", "is missing"),
        ({"parts": [{"name": "a"}] * 3}, "parts", "must have at most 2 items"),
        ({"rest": ["a"]}, "rest", "needs at least 2 items"),
        ({"other": 1}, "other", "is not a known field"),
        ({"x" * 60: 1}, "x" * 50, "is not a known field"),
    ],
)
def test_each_error_has_its_path(fields: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        read(**fields)
    assert refused.value.problems == (Problem(path, message),)


def test_all_errors_are_reported_together_and_the_first_five_in_one_sentence() -> None:
    wrong: dict[str, Any] = dict.fromkeys(("size", "kind", "code", "count", "ratio", "good"))
    with pytest.raises(InvalidDocument) as refused:
        read(**wrong)
    assert [one.path for one in refused.value.problems] == list(wrong)
    assert str(refused.value).count(";") == 4
    with pytest.raises(InvalidDocument) as flood:
        read(**{f"unknown{number}": 1 for number in range(200)})
    assert len(flood.value.problems) == 50


def test_what_is_no_object_has_a_name_for_its_error() -> None:
    with pytest.raises(InvalidDocument) as refused:
        typed_document.read(Whole, [])
    assert refused.value.problems == (Problem("document", "must be an object"),)


def test_the_json_schema_names_types_limits_and_what_is_required() -> None:
    part = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 3}},
        "required": ["name"],
    }
    schema = json_schema(Whole)
    assert schema["required"] == ["size"]
    assert schema["additionalProperties"] is False
    assert schema["properties"] == {
        "size": {"type": "number", "minimum": 2, "maximum": 10},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "code": {"type": "string", "pattern": "^[0-9]+$"},
        "count": {"type": "integer"},
        "ratio": {"type": "number"},
        "good": {"type": "boolean"},
        "word": {"type": "string", "minLength": 2, "maxLength": 4},
        "part": {"anyOf": [part, {"type": "null"}]},
        "limit": schema["properties"]["limit"],
        "parts": {"type": "array", "items": part, "minItems": 1, "maxItems": 2},
        "rest": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 3},
    }


def test_the_class_of_a_document_is_no_document() -> None:
    assert plain(Part) is Part

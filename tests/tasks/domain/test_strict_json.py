"""JSON is refused from its first level, bracket and digit too many on, and not before."""

from __future__ import annotations

from itertools import cycle, islice

import pytest

from tasks.domain.strict_json import (
    DEEPEST,
    LONGEST_NUMBER,
    MOST_BRACKETS,
    InvalidJson,
    NulInJson,
    loads,
)

ENDS = {"[": "]", '{"a":': "}"}


def nested(levels: int, *openings: str) -> str:
    opened = list(islice(cycle(openings), levels))
    return "".join(opened) + "1" + "".join(ENDS[one] for one in reversed(opened))


@pytest.mark.parametrize("openings", [("[",), ('{"a":',), ("[", '{"a":')])
def test_depth_has_a_limit(openings: tuple[str, ...]) -> None:
    loads(nested(DEEPEST, *openings))
    with pytest.raises(InvalidJson, match="more than 32 levels"):
        loads(nested(DEEPEST + 1, *openings))


@pytest.mark.parametrize("closed", ["[]", "{}"])
def test_what_is_closed_before_takes_no_depth_away(closed: str) -> None:
    before = f"{closed}," * 20
    loads(f"[{before}{nested(DEEPEST - 1, '[')}]")
    with pytest.raises(InvalidJson, match="more than 32 levels"):
        loads(f"[{before}{nested(DEEPEST, '[')}]")


def test_brackets_have_a_limit_and_those_in_text_do_not_count() -> None:
    pairs = MOST_BRACKETS // 2 - 1
    assert len(loads(f"[{','.join(['[]'] * pairs)}]")) == pairs
    with pytest.raises(InvalidJson, match="too many arrays and objects"):
        loads(f"[{','.join(['{}'] * (pairs + 1))}]")
    assert loads('"' + "[" * (MOST_BRACKETS + 1) + '"')


def test_numbers_have_a_longest_length() -> None:
    assert loads("1" * LONGEST_NUMBER) == int("1" * LONGEST_NUMBER)
    assert loads("1." + "0" * (LONGEST_NUMBER - 2)) == 1.0
    for long in ("1" * (LONGEST_NUMBER + 1), "1." + "0" * (LONGEST_NUMBER - 1)):
        with pytest.raises(InvalidJson, match="too many digits"):
            loads(long)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1e999", "too large"),
        ("-1e999", "too large"),
        ("NaN", "NaN is not JSON"),
        ('{"a": 1, "a": 1}', "same name twice"),
        ("[1", "not valid"),
        (b"\xff", "Send JSON in UTF-8."),
        (b"\xef\xbb\xbf1", "byte order mark"),
    ],
)
def test_odd_values_are_refused(text: str | bytes, why: str) -> None:
    with pytest.raises(InvalidJson, match=why):
        loads(text)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (r'"\u0000"', ""),
        (r'{"a": {"b": ["", "x\u0000"]}}', "a.b.1"),
        (r'["", "\u0000"]', "1"),
        (r'{"a": {"b\u0000": 1}}', "a.b"),
        (r'{"a\u0000": 1}', "a"),
    ],
)
def test_the_field_with_nul_is_named(text: str, field: str) -> None:
    with pytest.raises(NulInJson) as refused:
        loads(text)
    assert refused.value.field == field


def test_an_escaped_backslash_before_u0000_is_text() -> None:
    assert loads(r'{"a": "\\u0000"}') == {"a": r"\u0000"}

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields

from tasks.domain.strict_json import DEEPEST, MOST_BRACKETS, InvalidJson, NulInJson, loads
from tasks.domain.text import find_forbidden, normalise_newlines
from tests.cpu_time import at_most
from web.api.schemas.text import Text

CONTROLS = [chr(n) for n in (*range(0x20), *range(0x7F, 0xA0)) if chr(n) not in "\n\r\t"]


@pytest.mark.parametrize("character", [*CONTROLS, *map(chr, (0xD800, 0xDBFF, 0xDC00, 0xDFFF))])
def test_forbidden_characters_are_named(character: str) -> None:
    assert find_forbidden(f"before {character} after") == f"U+{ord(character):04X}"


@pytest.mark.parametrize(
    "text",
    [
        "a\tb\nc",
        "\u202b\u05e9\u05dc\u05d5\u05dd\u202c",
        "\U0001f469\u200d\U0001f467",
        "zero\u200bwidth",
    ],
)
def test_languages_and_their_format_characters_pass(text: str) -> None:
    assert Text().deserialize(text) == text


@given(st.text(st.characters(exclude_categories=[])))
def test_accepted_text_can_be_stored_and_printed(text: str) -> None:
    text = normalise_newlines(text)
    if find_forbidden(text) is None:
        assert "\x00" not in text
        assert text.encode("utf-8").decode("utf-8") == text
    else:
        with pytest.raises(ValidationError):
            Text().deserialize(text)


def test_every_line_ends_with_a_line_feed() -> None:
    assert Text().deserialize("one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"


def test_the_message_names_the_character() -> None:
    with pytest.raises(ValidationError) as refused:
        Text().deserialize("warm\ud800")
    assert "U+D800" in str(refused.value.messages)


def test_names_and_values_of_an_object_are_checked() -> None:
    schema = Schema.from_dict({"engines": fields.Dict(keys=Text(), values=Text())})()
    for wrong in ({"\ud800": "a"}, {"a": "\x00"}):
        assert schema.validate({"engines": wrong})


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 0.' + b"1" * 5000 + b"}",
        b'{"a": 1, "a": 2}',
        b'{"b": {"a": 1, "a": 2}}',
        b"[" * 100_000,
        b"[" * 100 + b"]" * 100,
        b'{"a":' * 100_000,
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-16-le"),
        '{"a": 1}'.encode("utf-32"),
        b'{"a": "line\nbreak"}',
        b'{"a": 01}',
        b'{"a": 1} {"b": 2}',
    ],
)
def test_invalid_json_is_rejected(sent: bytes) -> None:
    with pytest.raises(InvalidJson):
        loads(sent)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text('[]{}"\\ab\ud800'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[]{}"\\a'), inner),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_valid_json_is_parsed_like_the_standard_parser(value: object) -> None:
    assert loads(json.dumps(value)) == value


@given(st.binary() | st.text('[]{}"\\:,0 eE.-').map(str.encode))
def test_parsing_returns_a_value_or_raises_invalid_json(sent: bytes) -> None:
    with suppress(InvalidJson):
        loads(sent)


def test_the_deepest_accepted_nesting() -> None:
    loads("[" * DEEPEST + "]" * DEEPEST)
    loads(json.dumps("[" * 1000))
    with pytest.raises(InvalidJson, match="deep"):
        loads("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")])
def test_what_was_closed_is_no_nesting(begin, end):
    beside = "[" + '[],{},[{"a":[]}],' * 50
    inner = DEEPEST - 1
    loads(f"{beside}{begin * inner}1{end * inner}]")
    with pytest.raises(InvalidJson):
        loads(f"{beside}{begin * (inner + 1)}1{end * (inner + 1)}]")


def test_the_largest_accepted_number_of_brackets() -> None:
    """A hundred thousand arrays cost a server more CPU than any request may."""
    inner = ["[]"] * (MOST_BRACKETS // 2 - 1)
    loads(f"[{','.join(inner)}]")
    loads(json.dumps("[]{}" * MOST_BRACKETS))
    with pytest.raises(InvalidJson, match="too many"):
        loads(f"[{','.join([*inner, '{}'])}]")


@pytest.mark.parametrize(
    "unit", ['"', '\\"', '"\\', "[", "]", "[]", "{}", '"a"', "\\", '""[', '"x":', "0", "-", "1e"]
)
def test_the_largest_body_is_parsed_quickly(unit: str) -> None:
    sent = ('"' + unit * (512 * 1024 // len(unit))).encode()
    for body in (sent, sent[1:]):
        with at_most(0.5), pytest.raises(InvalidJson):
            loads(body)


def test_a_refused_nul_is_named_with_its_field() -> None:
    with pytest.raises(NulInJson, match=r"contains the character U\+0000") as refused:
        loads('{"script": "a\\u0000b"}')
    assert refused.value.field == "script"

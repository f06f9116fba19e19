"""Manifests of batches: what is read, refused and filled in."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain import manifest
from tasks.domain.manifest import LARGEST, MOST_VALUES, Row
from tasks.domain.typed_document import InvalidDocument
from tasks.domain.video_plan import VideoPlan, VideoScene

TEMPLATE = VideoPlan(
    scenes=(
        VideoScene("one", 3.0, "A {{product}} on a table.", voice_line="Meet {{ product }}."),
        VideoScene("two", 4.0, "A forest.", text="{{price}}"),
    ),
    title="{{name}}",
)


def test_a_csv_is_read_with_its_values() -> None:
    rows = manifest.of_csv('\ufeffname,product,price\nMug ad,"A mug, blue",5\nCup ad,Cup,7\n')
    assert rows[0] == Row("Mug ad", {"name": "Mug ad", "product": "A mug, blue", "price": "5"})
    plan = manifest.filled(TEMPLATE, rows[0], "videos[0]")
    assert plan.title == "Mug ad"
    assert plan.scenes[0].voice_line == "Meet A mug, blue."
    assert plan.scenes[1].text == "5"
    assert manifest.places(TEMPLATE) == {"name", "product", "price"}
    assert not manifest.places(plan)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column name"),
        ("title\nx\n", "no column name"),
        ("name\n", "must be 1 to"),
        ("name,a\nx\n", "longer or shorter"),
        ("name,a\nx,y,z\n", "longer or shorter"),
        ('name\n"x', "is not valid"),
        ("name\nx\nx\n", "name of another video"),
        ("name\n" + "x" * 200 + "\n", "1 to 120 characters"),
        ("name,{{a}}\nx,y\n", "no valid name"),
        ("name\n" + "\n".join(f"v{i}" for i in range(501)) + "\n", "must be 1 to 500"),
        ("name,a\nx," + "y" * 1001 + "\n", "at most 1000 characters"),
    ],
)
def test_what_is_no_manifest_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        manifest.of_csv(text)
    assert said in str([one.message for one in refused.value.problems])


@pytest.mark.parametrize("values", [{"a": 1}, {"a": None}, {"a": ["x"]}, {"": "x"}])
def test_values_of_json_are_texts(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidDocument):
        manifest.of_rows([{"name": "x", "values": values}])


def test_a_row_that_does_not_fit_says_why() -> None:
    with pytest.raises(InvalidDocument, match="price"):
        manifest.filled(TEMPLATE, Row("x", {"name": "x", "product": "y"}), "videos[0]")
    long = Row("x", {"name": "x", "product": "y" * 1000, "price": "5"})
    with pytest.raises(InvalidDocument) as refused:
        manifest.filled(TEMPLATE, long, "videos[3]")
    assert refused.value.problems[0].path.startswith("videos[3]: scenes[0]")


def test_a_value_is_text_and_no_place_of_another() -> None:
    row = Row("x", {"name": "x", "product": "{{price}}", "price": "5"})
    assert manifest.filled(TEMPLATE, row, "").scenes[0].prompt == "A {{price}} on a table."


def _refused(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDocument) as refused:
        manifest.of_rows(rows)
    return [(one.path, one.message) for one in refused.value.problems]


def test_a_row_at_its_limits_is_read() -> None:
    values = {f"k{number}": "v" * 1_000 for number in range(MOST_VALUES)}
    [row] = manifest.of_rows([{"name": "n" * 120, "values": values}])
    assert row.values == {"name": "n" * 120} | values
    [short] = manifest.of_rows([{"name": " n "}])
    assert short == Row("n", {"name": "n"})


def test_every_problem_of_the_rows_is_named_with_its_place() -> None:
    values = {f"k{number}": "v" for number in range(MOST_VALUES + 1)}
    assert _refused([{"name": "a", "values": values}]) == [
        ("videos[0].values", "must be at most 40")
    ]
    wrong = {"1" * 50: "x", "long": "v" * 1_001, "ok": 1}
    message = "must be a text of at most 1000 characters"
    assert _refused([{"values": wrong}, {"name": "a"}, {"name": "a"}]) == [
        ("videos[0].name", "must have 1 to 120 characters"),
        ("videos[0].values", f"has no valid name: {'1' * 40}"),
        ("videos[0].values.long", message),
        ("videos[0].values.ok", message),
        ("videos[2].name", "is the name of another video"),
    ]
    assert len(_refused([{"name": "a", "values": {"": 1}}] * 200)) == 100


def test_a_csv_may_have_its_largest_size() -> None:
    full = "name\nx\n".ljust(LARGEST, "\n")
    assert manifest.of_csv(full) == (Row("x", {"name": "x"}),)
    with pytest.raises(InvalidDocument, match=f"has more than {LARGEST} characters"):
        manifest.of_csv(full + "\n")
    with pytest.raises(InvalidDocument, match="is not valid"):
        manifest.of_csv('name\n"x"y\n')

"""The manifest of a batch: the values of each video for the places of a template (pure).

A place is a name in double braces, such as `{{product}}`, in a text of the template's plan. A
manifest is CSV (a header and a row for each video) or a list of objects. It is untrusted: what a
value says is text of a plan and nothing else.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tasks.domain.typed_document import InvalidDocument, Problem
from tasks.domain.video_plan import VideoPlan

NAME: Final = "name"
"""The column with the name of a video; it can be used in texts like all others."""
MOST_VIDEOS: Final = 500
MOST_VALUES: Final = 40
LONGEST_VALUE: Final = 1_000
LONGEST_NAME: Final = 120
LARGEST: Final = 2_000_000
"""Characters of the largest CSV."""
_PLACE: Final = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_ -]{0,39}?)\s*\}\}")
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,39}")


@dataclass(frozen=True, slots=True)
class Row:
    """One video of a manifest."""

    name: str
    values: dict[str, str]


def of_csv(text: str) -> tuple[Row, ...]:
    """Read the rows of a CSV; raise `InvalidDocument` with every problem."""
    if len(text) > LARGEST:
        raise _invalid("csv", f"has more than {LARGEST} characters")
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        rows = [dict(row) for row in reader]
    except csv.Error as error:
        raise _invalid("csv", f"is not valid: {error}") from None
    if NAME not in (reader.fieldnames or ()):
        raise _invalid("csv", f"has no column {NAME}")
    if any(None in row or None in row.values() for row in rows):
        raise _invalid("csv", "has rows that are longer or shorter than its header")
    return of_rows([{"values": row, NAME: row[NAME]} for row in rows])


def of_rows(sent: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
    """Check rows of JSON; raise `InvalidDocument` with every problem."""
    if not 1 <= len(sent) <= MOST_VIDEOS:
        raise _invalid("videos", f"must be 1 to {MOST_VIDEOS}")
    problems: list[Problem] = []
    rows: list[Row] = []
    seen: set[str] = set()
    for number, one in enumerate(sent):
        path = f"videos[{number}]"
        name, values = str(one.get(NAME, "")).strip(), dict(one.get("values", {}))
        problems += _problems(path, name, values)
        if name in seen:
            problems.append(Problem(f"{path}.name", "is the name of another video"))
        seen.add(name)
        rows.append(Row(name, {NAME: name} | values))
    if problems:
        raise InvalidDocument(tuple(problems[:100]))
    return tuple(rows)


def places(plan: VideoPlan) -> set[str]:
    """Return the places of a template."""
    return set(_PLACE.findall(plan.to_json()))


def filled(plan: VideoPlan, row: Row, path: str) -> VideoPlan:
    """Fill a template with the values of a row; raise `InvalidDocument` if it fits none."""
    missing = sorted(places(plan) - row.values.keys())
    if missing:
        raise _invalid(path, f"has no value for {', '.join(missing)}")
    try:
        return VideoPlan.from_dict(_replaced(plan.to_dict(), row.values))
    except InvalidDocument as invalid:
        named = tuple(Problem(f"{path}: {one.path}", one.message) for one in invalid.problems)
        raise InvalidDocument(named) from None


def _replaced(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _PLACE.sub(lambda found: values[found[1]], value)
    if isinstance(value, list):
        return [_replaced(one, values) for one in value]
    if isinstance(value, dict):
        return {key: _replaced(one, values) for key, one in value.items()}
    return value


def _problems(path: str, name: str, values: Mapping[str, Any]) -> list[Problem]:
    found = []
    if not 1 <= len(name) <= LONGEST_NAME:
        found.append(Problem(f"{path}.name", f"must have 1 to {LONGEST_NAME} characters"))
    if len(values) > MOST_VALUES:
        found.append(Problem(f"{path}.values", f"must be at most {MOST_VALUES}"))
    for key, value in list(values.items())[:MOST_VALUES]:
        if not _KEY.fullmatch(key):
            found.append(Problem(f"{path}.values", f"has no valid name: {key[:40]}"))
        if not isinstance(value, str) or len(value) > LONGEST_VALUE:
            message = f"must be a text of at most {LONGEST_VALUE} characters"
            found.append(Problem(f"{path}.values.{key[:40]}", message))
    return found


def _invalid(path: str, message: str) -> InvalidDocument:
    return InvalidDocument((Problem(path, message),))

"""Whole numbers in bodies and in queries."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import Schema, ValidationError

from web.api.schemas.numbers import WholeNumber


class Counted(Schema):
    count = WholeNumber(allow_none=True)


@pytest.mark.parametrize(("sent", "read"), [(5, 5), (5.0, 5), (-0.0, 0), (1e3, 1000), (None, None)])
def test_a_number_without_a_fraction_is_whole(sent: Any, read: int | None) -> None:
    assert Counted().load({"count": sent}) == {"count": read}
    assert not isinstance(Counted().load({"count": sent})["count"], float)


@pytest.mark.parametrize("sent", [5.5, "5", "", True, [5], {}, float("inf"), float("nan")])
def test_anything_else_is_refused(sent: Any) -> None:
    with pytest.raises(ValidationError):
        Counted().load({"count": sent})


def test_every_list_takes_the_limit_that_it_documents(standing: FlaskClient) -> None:
    paths = standing.get("/openapi.json").get_json()["paths"]
    asked = 0
    for path, item in paths.items():
        parameters = item.get("get", {}).get("parameters", [])
        if "{" in path or not any(one.get("name") == "limit" for one in parameters):
            continue
        asked += 1
        refused = standing.get(path, query_string={"limit": "7"})
        assert refused.status_code in (200, 401, 403), (path, refused.text)
    assert asked > 5

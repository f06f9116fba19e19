"""`LABEL`: who decides whether a video has the visible label."""

from __future__ import annotations

import pytest
from flask import Flask

from config.settings import Settings
from tests.changed_settings import changed
from web.api.schemas.options import Options
from web.app import create_app


@pytest.mark.parametrize(
    ("rule", "asked", "labelled"),
    [
        ("default", None, True),
        ("default", False, False),
        ("off", None, False),
        ("off", True, True),
        ("always", False, True),
    ],
)
def test_the_server_decides_unless_the_request_may(
    settings: Settings, rule: str, asked: bool | None, labelled: bool
) -> None:
    app: Flask = create_app(changed(settings, trust={"label": rule}))
    sent = {"script": "Hello."} | ({} if asked is None else {"label": asked})
    with app.app_context():
        assert Options().load(sent)["label"] is labelled

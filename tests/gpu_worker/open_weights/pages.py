"""The configurations on the page for operators."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from config.installation import ROOT


@cache
def _blocks() -> list[dict[str, Any]]:
    page = (ROOT / "docs" / "open-weights.md").read_text()
    found = re.findall(r"^( *)```json\n(.*?)```", page, re.MULTILINE | re.DOTALL)
    return [json.loads(block) for _, block in found]


def servers() -> dict[str, dict[str, Any]]:
    """Return the configurations of servers by the name of their model."""
    return {block["name"]: block for block in _blocks() if "load" in block}


def models() -> dict[str, dict[str, Any]]:
    """Return the bodies of `POST /api/models` by the name of the model."""
    return {block["name"]: block for block in _blocks() if "provider" in block}

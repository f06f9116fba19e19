"""Examples of requests and answers in the OpenAPI document.

They were recorded from running tests; `make examples` writes `recorded/`, one file for each tag.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "recorded"

Example = Mapping[str, Any]
"""`request` and `answer`: `headers`, `media_type`, and `json`, `text` or `form` with `files`.

`test` names the test that made it.
"""


@cache
def examples() -> Mapping[str, Example]:
    """Return the example of each operation, by such as `GET /process/{job_id}`."""
    found: dict[str, Example] = {}
    for path in sorted(FOLDER.glob("*.json")):
        found |= json.loads(path.read_text(encoding="utf-8"))
    return found


def add_example(operation: Any, method: str, path: str) -> None:
    """Add the example of an operation to its request body and to the answer with that status."""
    example = examples().get(f"{method.upper()} {path}")
    if example is None:
        return
    sent, answer = example["request"], example["answer"]
    form = {**sent.get("form", {}), **sent.get("files", {})}
    _add(operation.get("requestBody", {}), sent, sent.get("json", form or None))
    for status, response in operation["responses"].items():
        if str(getattr(status, "value", status)) == str(answer["status"]):
            _add(response, answer, answer.get("json", answer.get("text")))


def _add(described: Any, recorded: Example, value: Any) -> None:
    described = described if isinstance(described, dict) else {}  # the name of a component
    content = described.get("content", {}).get(recorded.get("media_type"))
    if content is not None and value is not None:
        content["example"] = value

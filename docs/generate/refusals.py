"""`python -m docs.generate.refusals RECORDED`: print what routes answered without declaring it.

`RECORDED` is what `tests/recorder.py` has written. Whatever the tests saw a route answer has to be
in the OpenAPI document: the status, and of a refusal its code.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.generate import openapi
from docs.generate.examples import braces

REFUSED = 400
NOT_MODIFIED = "304"
"""What HTTP answers to a conditional request, of whatever has an `ETag`."""
UPGRADED = ("/progress/{session_id}",)
"""What ends the request of a WebSocket is no answer that a client sees."""


def undeclared(recorded: Path, document: Mapping[str, Any]) -> dict[str, str]:
    """Return a test for each answer that the document does not declare."""
    found: dict[str, str] = {}
    for line in recorded.read_text(encoding="utf-8").splitlines():
        exchange = json.loads(line)
        path, method = braces(exchange["rule"]), exchange["method"]
        operation = document["paths"].get(path, {}).get(method.lower())
        if operation is None or path in UPGRADED:
            continue
        for answer in _not_in(operation, exchange):
            found.setdefault(f"{method} {path} {answer}", exchange["test"])
    return dict(sorted(found.items()))


def _not_in(operation: Mapping[str, Any], exchange: Mapping[str, Any]) -> Iterator[str]:
    status = str(exchange["status"])
    declared = operation["responses"].get(status)
    code = exchange.get("json", {}).get("error_code") if exchange["status"] >= REFUSED else None
    if declared is None and status != NOT_MODIFIED:
        yield " ".join(filter(None, (status, code)))
    elif code and declared and code not in declared.get("description", "").split(" or "):
        yield f"{status} {code}"


def main(recorded: Path) -> int:
    document = json.loads(openapi.document())
    found = undeclared(recorded, document)
    for answer, test in found.items():
        sys.stdout.write(f"{answer}  ({test})\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

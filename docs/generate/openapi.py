"""`python -m docs.generate.openapi`: print the OpenAPI document, for type generators."""

from __future__ import annotations

import json
import sys
from functools import cache

from docs.generate.endpoints import inspected_app


@cache
def document() -> str:
    """Return the document that `GET /openapi.json` serves."""
    with inspected_app() as app:
        answer = app.test_client().get("/openapi.json")
    return json.dumps(answer.json, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())

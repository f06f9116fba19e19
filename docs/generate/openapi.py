"""`python -m docs.generate.openapi`: the OpenAPI document on stdout, for generators of types."""

from __future__ import annotations

import json
import sys

from docs.generate.endpoints import undisturbed


def document() -> str:
    """The document that `GET /openapi.json` answers with."""
    with undisturbed() as app:
        answer = app.test_client().get("/openapi.json")
    return json.dumps(answer.json, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())

"""`/v1`: the promised version of the API, an alias of every address (docs/api-versions.md).

Answers do not differ, and links in them have no prefix. A second version would be another prefix,
and the first one would keep its behaviour.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from flask import Flask

PREFIX: Final = "/v1"
_STRIPPED: Final = "callsheet.version"


def register(app: Flask) -> None:
    """Serve every address of the application under the prefix too.

    What wraps the application later, such as Socket.IO, sees the prefix: register again then. It is
    removed once only, so `/v1/v1` leads nowhere.
    """
    inner = app.wsgi_app

    def unversioned(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if _STRIPPED not in environ and path.startswith(f"{PREFIX}/"):
            environ |= {"PATH_INFO": path.removeprefix(PREFIX), _STRIPPED: PREFIX}
        return inner(environ, start)

    app.wsgi_app = unversioned  # type: ignore[method-assign, assignment]

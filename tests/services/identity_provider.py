"""A real provider of OpenID Connect, on an address that needs no resolver."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from authlib.deprecate import AuthlibDeprecationWarning
from werkzeug.serving import make_server

with warnings.catch_warnings():
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)  # it uses the old authlib.jose
    import oidc_provider_mock

ONE_VERIFIED = {
    "ada": {"email": "ada@example.com", "email_verified": True},
    "eve": {"email": "eve@example.com", "email_verified": False},
}


@contextmanager
def serving(people: Mapping[str, Mapping[str, Any]] = ONE_VERIFIED) -> Iterator[str]:
    """Serve it for people by their subject; its issuer."""
    users = [oidc_provider_mock.User(sub=sub, claims=dict(of)) for sub, of in people.items()]
    server = make_server("127.0.0.1", 0, oidc_provider_mock.app(user_claims=users), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""A real provider of OpenID Connect, with one verified person and one who is not."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from authlib.deprecate import AuthlibDeprecationWarning

with warnings.catch_warnings():
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)  # it uses the old authlib.jose
    from oidc_provider_mock import User, run_server_in_thread


@contextmanager
def serving() -> Iterator[str]:
    """Serve it; its issuer."""
    people = [
        User(sub="ada", claims={"email": "ada@example.com", "email_verified": True}),
        User(sub="eve", claims={"email": "eve@example.com", "email_verified": False}),
    ]
    with run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"

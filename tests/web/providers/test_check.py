"""`callsheet providers check` asks each provider something free, with each key."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.deployment import ROOT, Deployment
from tests.services.http_server import Answer, Asked
from tests.services.provider_wires import DIALECTS, Dialect, ProviderServer, providing
from tests.services.redis_server import RedisServer
from web.db.engine import writing
from web.providers.models import Provider, ProviderModel

GOOD, BAD = "key-of-the-operator", "key-that-was-revoked"


def refusing(server: ProviderServer, asked: Asked) -> Answer:
    """Answer as a provider that knows one key."""
    if GOOD in f"{asked.headers}":
        return server.answer(asked)
    return Answer.of({"error": {"message": f"{BAD} is not valid"}}, 401)


def add(system: Deployment, dialect: Dialect, server: ProviderServer) -> None:
    with system.app.app_context(), writing() as db:
        name = name_of(dialect)
        provider = Provider(
            name=name, title=name, wire=dialect.wire, base_url=server.url, added_by="operator"
        )
        db.add(provider)
        db.flush()
        db.add(
            ProviderModel(
                id=f"{name}/one", provider=name, name=dialect.model, title=name, takes=["text"]
            )
        )


def name_of(dialect: Dialect) -> str:
    return f"test-{dialect.name}"


def check(system: Deployment, *arguments: str) -> tuple[str, list[dict[str, Any]]]:
    command = [sys.executable, "-m", "web.cli", "providers", "check", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=system.environ, capture_output=True, check=False)
    output = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    return output + done.stderr.decode(), json.loads(output)["keys"]


def test_every_wire_asks_something_free(tmp_path: Path, redis_server: RedisServer) -> None:
    keys = " ".join(
        f"{name_of(d)}:{label}={key}" for d in DIALECTS for label, key in (("a", GOOD), ("b", BAD))
    )
    with ExitStack() as stack, Deployment(tmp_path, redis_server, PROVIDER_KEYS=keys) as system:
        servers = [stack.enter_context(providing(dialect)) for dialect in DIALECTS]
        for server in servers:
            server.server.answer = lambda asked, server=server: refusing(server, asked)  # type: ignore[misc]
            add(system, server.dialect, server)
        output, found = check(system)
        answers = {(one["provider"], one["key"]): one for one in found}
        for server in servers:
            name = name_of(server.dialect)
            assert answers[name, "a"]["ok"], answers[name, "a"]
            assert not answers[name, "b"]["ok"]
            assert "401" in answers[name, "b"]["said"]
            assert server.sold == []  # nothing is bought by asking
        assert len(found) == 2 * len(DIALECTS)
        assert GOOD not in output
        assert BAD not in output

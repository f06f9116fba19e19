"""`callsheet webhooks`: receiving, listing and testing."""

from __future__ import annotations

import json
import socket
import threading
from datetime import UTC, datetime
from functools import partial

import httpx
import pytest
from click.testing import CliRunner, Result

from tests.services.waiting import until
from tests.web.people import PASSWORD
from web.cli.__main__ import main
from web.webhooks import signing

BODY = '{"event_type":"webhook.test","message":"Grüße"}'


def run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(main, ["webhooks", *arguments], env=environ)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_messages_are_printed_and_verified() -> None:
    port, secret = free_port(), signing.new_secret()
    statuses: list[int] = []

    def post(key: str) -> int | None:
        headers = signing.headers([key], "1-0", BODY, datetime.now(UTC))
        try:
            address = f"http://127.0.0.1:{port}/"
            return httpx.post(address, content=BODY.encode(), headers=headers).status_code
        except httpx.TransportError:
            return None

    def send() -> None:
        for key in (secret, signing.new_secret()):
            statuses.append(until(partial(post, key), "the listener answers"))

    sender = threading.Thread(target=send)
    sender.start()
    arguments = ("listen", "--json", "--count", "2", "--port", str(port))
    result = run(*arguments, CALLSHEET_WEBHOOK_SECRET=secret)
    sender.join(timeout=20)
    assert statuses == [204, 401]
    printed = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["verified"] for one in printed] == [True, False]
    assert printed[0]["event"]["event_type"] == "webhook.test"


@pytest.fixture
def key(server: str) -> str:
    """The key of a user with a webhook."""
    with httpx.Client(base_url=server) as http:
        account = {"email": "ada@example.com", "password": PASSWORD}
        http.post("/api/auth/register", json=account)
        token = http.post("/api/auth/login", json=account).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        http.post("/api/webhooks", json={"url": "https://hooks.example.com/"})
        wanted = {"name": "Commands", "scopes": ["webhooks"]}
        return str(http.post("/api/keys", json=wanted).json()["key"])


def test_webhooks_are_listed_and_tested(server: str, key: str) -> None:
    environ = {"CALLSHEET_SERVER": server, "CALLSHEET_API_KEY": key}
    listed = run("list", "--json", **environ)
    assert listed.exit_code == 0, listed.output
    [webhook] = json.loads(listed.stdout)["webhooks"]
    assert "hooks.exam" in run("list", **environ).output
    tested = run("test", webhook["id"], "--json", **environ)
    assert json.loads(tested.stdout)["event_type"] == "webhook.test"
    unknown = run("test", "whk_none", **environ)
    assert unknown.exit_code == 5
    assert "does not exist" in unknown.output


def test_a_key_is_needed() -> None:
    result = run("list")
    assert result.exit_code == 2
    assert "CALLSHEET_API_KEY" in result.output

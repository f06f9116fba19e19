"""`callsheet webhooks`: list and test webhooks, and receive them on this machine."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

import click
import standardwebhooks
from rich.console import Console
from rich.markup import escape

from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import connected, find, server_option
from web.cli.formatting import plain_table

KEY_VARIABLE: Final = "CALLSHEET_API_KEY"
_LARGEST_BODY: Final = 1024 * 1024

key_option = click.option(
    "--api-key",
    metavar="KEY",
    envvar=KEY_VARIABLE,
    required=True,
    show_envvar=True,
    help="Your API key with the scope `webhooks`.",
)


@click.group()
def webhooks() -> None:
    """List and test your webhooks, and receive messages on this machine."""


@webhooks.command(name="list")
@key_option
@server_option
@json_option
def listing(api_key: str, server: str | None, as_json: bool) -> None:
    """List your webhooks."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        found = client.webhooks(api_key)
        output.data({"webhooks": found})
        if as_json:
            return
        if not found:
            output.console.print("There are no webhooks.")
            return
        table = plain_table("ID", "URL", "EVENTS", "STATE", fold=("ID", "URL", "EVENTS"))
        for one in found:
            state = "enabled" if one["enabled"] else f"disabled ({one['disabled_reason']})"
            table.add_row(one["id"], escape(one["url"]), ", ".join(one["events"]), state)
        output.console.print(table)


@webhooks.command()
@click.argument("webhook_id", metavar="ID")
@key_option
@server_option
@json_option
def test(webhook_id: str, api_key: str, server: str | None, as_json: bool) -> None:
    """Send a test message to a webhook."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        delivery = client.test_webhook(webhook_id, api_key)
        output.data(delivery)
        if not as_json:
            output.console.print(f"Queued {delivery['id']} ({delivery['event_id']}).")


@webhooks.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, help="Port on 127.0.0.1 (8765)."
)
@click.option(
    "--secret",
    metavar="WHSEC",
    envvar="CALLSHEET_WEBHOOK_SECRET",
    help="Verify signatures with this secret; better in CALLSHEET_WEBHOOK_SECRET.",
)
@click.option("--count", type=click.IntRange(1), help="Stop after so many messages.")
@json_option
def listen(port: int, secret: str | None, count: int | None, as_json: bool) -> None:
    """Receive messages, print and verify them.

    A server with WEBHOOK_LOOPBACK=1 sends them to http://127.0.0.1:8765/. Messages that do not
    verify are answered with 401.
    """
    output = Output(as_json)
    with handling_errors(output), _Listener(port, secret, output) as listener:
        if not as_json:
            address = f"http://127.0.0.1:{listener.server_port}/"
            output.console.print(f"Listening at {address} (Ctrl+C stops)")
        received = 0
        while count is None or received < count:
            listener.handle_request()
            received += listener.take_received()


class _Listener(HTTPServer):
    """Receives one message after the other."""

    def __init__(self, port: int, secret: str | None, output: Output) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self._key = standardwebhooks.Webhook(secret) if secret else None
        self._output = output
        self._received = 0

    def take_received(self) -> int:
        """Return how many messages have arrived since the last call."""
        received, self._received = self._received, 0
        return received

    def receive(self, headers: dict[str, str], body: bytes) -> int:
        """Print a message and return the status of the answer."""
        self._received += 1
        verified: bool | None = None
        if self._key is not None:
            try:
                self._key.verify(body, headers, json_parse=False)
                verified = True
            except (standardwebhooks.WebhookVerificationError, ValueError):
                verified = False
        self._print(headers.get("webhook-id", ""), body, verified)
        return 401 if verified is False else 204

    def _print(self, message_id: str, body: bytes, verified: bool | None) -> None:
        try:
            event: Any = json.loads(body)
        except ValueError:
            event = body.decode(errors="replace")
        self._output.data({"id": message_id, "verified": verified, "event": event})
        console: Console = self._output.console
        said = {True: "verified", False: "NOT VERIFIED", None: "not checked: no --secret"}[verified]
        kind = event.get("event_type", "") if isinstance(event, dict) else ""
        console.print(escape(f"{message_id}  {kind}  [{said}]"), highlight=False)
        console.print(escape(json.dumps(event, indent=2, ensure_ascii=False)), highlight=False)


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    timeout = 10

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST_BODY:
            self.send_error(413)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(self.server.receive(headers, self.rfile.read(int(length))))
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Messages are printed, requests are not."""

"""`callsheet node` and `callsheet api-key`: credentials of worker nodes and API callers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click
import redis
from rich.table import Table

from config.api_keys import make
from config.environments import ENVIRONMENTS
from config.settings import Settings, read
from tasks.messaging.redis_client import connect
from web.cli.commands.exit_codes import Incapable, handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.formatting import plain_table
from web.secret_key import secret_key
from web.workers import tokens
from web.workers.store_policy import policy as policy_of

NOT_KEPT = (
    "Redis keeps no ACL file (its setting `aclfile`), so a restart of it forgets this; to keep it, "
    "let it have one and do this again."
)


@click.group()
def node() -> None:
    """Manage the credentials of worker nodes."""


@node.command()
@click.argument("name")
@click.option(
    "--environment",
    "environments",
    type=click.Choice(list(ENVIRONMENTS)),
    multiple=True,
    required=True,
    help="Environment of the node's workers; repeatable.",
)
@json_option
def create(name: str, environments: tuple[str, ...], as_json: bool) -> None:
    """Create a token for a node and print the node's settings.

    A node that already has a token gets a new one, and the old one is revoked. See
    docs/operations.md for a node's permissions.
    """
    output = Output(as_json)
    with handling_errors(output), _redis() as (settings, client):
        if settings.broker_urls:
            raise tokens.NodeRefused("node tokens are for one Redis, but BROKER_URLS names others")
        secret = secret_key(settings)
        token = tokens.create(client, settings.redis_url, name, environments, secret)
        environ = {
            "REDIS_URL": token.redis_url,
            "NODE_KEY": str(token.key),
            "ARTIFACTS_URL": settings.artifacts_url,
        }
        output.data({"name": name, "environ": environ, "acl": token.acl, "kept": token.kept})
        if not as_json:
            click.echo("\n".join(f"{variable}={value}" for variable, value in environ.items()))
            click.echo("\n".join(_advice(settings, token)), err=True)


@node.command("list")
@json_option
def list_them(as_json: bool) -> None:
    """List nodes with a token, and whether they are connected."""
    output = Output(as_json)
    with handling_errors(output), _redis() as (_, client):
        found = tokens.known(client)
        output.data([asdict(one) for one in found])
        if not as_json:
            output.console.print(_table(found))


@node.command()
@click.argument("name")
@json_option
def revoke(name: str, as_json: bool) -> None:
    """Revoke a node's token and close its connections; its work is dispatched again."""
    output = Output(as_json)
    with handling_errors(output), _redis() as (_, client):
        kept = tokens.revoke(client, name)
        output.data({"name": name, "kept": kept})
        if not as_json:
            output.console.print(f"{name} no longer has access.")
            if not kept:
                click.echo(NOT_KEPT, err=True)


@node.command()
def policy() -> None:
    """Print the access policy for a node's credentials at the store (S3)."""
    with handling_errors(Output(False)):
        settings = read(os.environ)
        document = policy_of(settings.artifacts_url)
        if document is None:
            raise Incapable(f"{settings.artifacts_url} is not an S3 bucket. {_STORE_ELSEWHERE}")
        click.echo(json.dumps(document, indent=2))


_STORE_ELSEWHERE = (
    "A directory has no permissions for single nodes: a node that can write to it can write "
    "everything in it. For Google and Azure, see docs/operations.md."
)


def _advice(settings: Settings, token: tokens.Token) -> Iterator[str]:
    """Yield advice for stderr; stdout contains only the settings."""
    if policy_of(settings.artifacts_url):
        yield "# Also needed: store credentials with the policy of `callsheet node policy`."
    yield f"# The rule, for an ACL file that is written by hand:\n# {token.acl}"
    if not token.kept:
        yield f"# {NOT_KEPT}"


@contextmanager
def _redis() -> Iterator[tuple[Settings, redis.Redis]]:
    """Connect to the Redis of REDIS_URL, which must allow changing its users."""
    settings = read(os.environ)
    try:
        with connect(settings) as client:
            yield settings, client
    except redis.RedisError as error:
        raise Incapable(f"The Redis of REDIS_URL refused the change: {error}") from error


def _table(found: list[tokens.KnownNode]) -> Table:
    table = plain_table("node", "environments", "connections")
    for one in found:
        table.add_row(one.name, ", ".join(one.environments), str(one.connections))
    return table


@click.command(name="api-key")
@click.argument("name")
@click.option("--rate", default=600, show_default=True, help="Requests per minute.")
@json_option
def api_key(name: str, rate: int, as_json: bool) -> None:
    """Create an API key for NAME, and its entry for the server's API_KEYS."""
    key, known = make(name, rate)
    Output(as_json).data({"name": name, "key": key, "entry": str(known)})
    if not as_json:
        click.echo(f"The client sends    X-API-Key: {key}")
        click.echo(f"The server setting  API_KEYS={known}")
        click.echo("The key is shown only once; the server stores only its digest.")

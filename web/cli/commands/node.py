"""`callsheet node`: tokens of worker nodes on other machines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click
import redis
from rich.table import Table

from config.environments import ENVIRONMENTS
from config.settings import Settings, read
from tasks.messaging.redis_client import connect
from web.cli.commands.exit_codes import Incapable, handling_errors
from web.cli.commands.output import Output, json_option, plain_table
from web.services import secret_key
from web.workers import tokens
from web.workers.store_policy import policy as policy_of

NOT_KEPT = (
    "Redis keeps no ACL file (its setting `aclfile`), so a restart of it forgets this; to keep it, "
    "let it have one and do this again."
)


@click.group()
def node() -> None:
    """Let worker nodes in, each with rights of its own, and out again."""


@node.command()
@click.argument("name")
@click.option(
    "--environment",
    "environments",
    type=click.Choice(list(ENVIRONMENTS)),
    multiple=True,
    required=True,
    help="What workers run there; several times for several.",
)
@json_option
def create(name: str, environments: tuple[str, ...], as_json: bool) -> None:
    """Make a token for a node; its settings go to stdout, ready for a file.

    The same name again makes a new token, and the old one ends. What the node's worker may do
    is on docs/operations.md.
    """
    output = Output(as_json)
    with handling_errors(output), _redis() as (settings, client):
        secret = secret_key(settings)
        made = tokens.create(client, settings.redis_url, name, environments, secret)
        environ = {
            "REDIS_URL": made.redis_url,
            "NODE_KEY": str(made.key),
            "ARTIFACTS_URL": settings.artifacts_url,
        }
        output.data({"name": name, "environ": environ, "acl": made.acl, "kept": made.kept})
        if not as_json:
            click.echo("\n".join(f"{variable}={value}" for variable, value in environ.items()))
            click.echo("\n".join(_advice(settings, made)), err=True)


@node.command("list")
@json_option
def list_them(as_json: bool) -> None:
    """Which nodes have a token, and whether they use it now."""
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
    """End a node's token and its connections; what it worked on is done elsewhere."""
    output = Output(as_json)
    with handling_errors(output), _redis() as (_, client):
        kept = tokens.revoke(client, name)
        output.data({"name": name, "kept": kept})
        if not as_json:
            output.console.print(f"{name} has no rights any more.")
            if not kept:
                click.echo(NOT_KEPT, err=True)


@node.command()
def policy() -> None:
    """Print the policy for a node's credentials at the store (S3)."""
    with handling_errors(Output(False)):
        settings = read(os.environ)
        document = policy_of(settings.artifacts_url)
        if document is None:
            raise Incapable(f"{settings.artifacts_url} is no S3 bucket. {_STORE_ELSEWHERE}")
        click.echo(json.dumps(document, indent=2))


_STORE_ELSEWHERE = (
    "A directory knows no rights of nodes: who can write into it can write all of it. "
    "docs/operations.md says what to do at Google's and Azure's."
)


def _advice(settings: Settings, made: tokens.Token) -> Iterator[str]:
    """For the person who reads it; the settings alone go into a file."""
    if policy_of(settings.artifacts_url):
        yield "# Beside these: keys of the store, with the rights of `callsheet node policy`."
    yield f"# The rule, should the ACL file be written by hand:\n# {made.acl}"
    if not made.kept:
        yield f"# {NOT_KEPT}"


@contextmanager
def _redis() -> Iterator[tuple[Settings, redis.Redis]]:
    """The one that REDIS_URL names, which must let us change its users."""
    settings = read(os.environ)
    try:
        with connect(settings) as client:
            yield settings, client
    except redis.RedisError as error:
        raise Incapable(f"The Redis of REDIS_URL does not do it: {error}") from error


def _table(found: list[tokens.KnownNode]) -> Table:
    table = plain_table()
    for title in ("node", "environments", "connections"):
        table.add_column(title)
    for one in found:
        table.add_row(one.name, ", ".join(one.environments), str(one.connections))
    return table

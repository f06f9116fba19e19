"""`callsheet providers`: hosted video models, for operators of this machine's system."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

import click
from marshmallow import ValidationError
from rich.markup import escape

from web.api.schemas.models import CALL_STATES, NewModel
from web.audit.log import COMMAND_LINE
from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.own_database import open_application
from web.cli.formatting import plain_table
from web.db.engine import reading, writing
from web.http.errors import validation_failed
from web.providers import additions, catalogue, registry
from web.providers.choosing import ClipRequest
from web.services import current_services

_CHECK_SECONDS = 120


@click.group()
def providers() -> None:
    """List, check and add hosted video models; list calls and resolve unknown ones."""


@providers.command(name="list")
@json_option
def listing(as_json: bool) -> None:
    """List the models and whether they can be used now."""
    output = Output(as_json)
    with handling_errors(output), open_application():
        found = catalogue.models(current_services(), compare=ClipRequest("A clip", 5.0, "16:9"))
        output.data({"models": found})
        if not as_json:
            table = plain_table("model", "state", "usable", "$/s", "calls", "instead")
            for one in found:
                price = f"{one['price']['dollars_a_second']:.3f}"
                usable = "yes" if one["available"] else "no"
                calls = str(one["record"]["calls"])
                table.add_row(
                    one["id"], one["state"], usable, price, calls, one["replacement"] or ""
                )
            output.console.print(table)


@providers.command()
@click.argument("provider", required=False)
@json_option
def check(provider: str | None, as_json: bool) -> None:
    """Ask each provider something free with each of its keys (`PROVIDER_KEYS`)."""
    output = Output(as_json)
    with handling_errors(output), open_application():
        found = _ask(provider)
        output.data({"keys": found})
        if not as_json:
            for one in found:
                state = "ok" if one["ok"] else "FAILED"
                said = escape(str(one["said"]))
                output.console.print(f"{one['provider']}:{one['key']} {state} {said}")
            if not found:
                output.console.print("No keys are set: nothing was asked.")


@providers.command(name="add-model")
@click.argument("description", type=click.File("rb"))
@json_option
def add_model(description: Any, as_json: bool) -> None:
    """Add a model, or change one: DESCRIPTION is a file with the body of `POST /api/models`."""
    output = Output(as_json)
    with handling_errors(output), open_application():
        try:
            given = NewModel().load(json.load(description))
        except ValidationError as error:
            raise validation_failed(error.messages) from None
        except ValueError:
            raise click.BadParameter("The file is not JSON.") from None
        with writing() as db:
            model = registry.report(additions.put_model(db, COMMAND_LINE, given), registry.today())
        output.data(json.loads(json.dumps(model, default=str)))
        if not as_json:
            output.console.print(f"{model['id']} is {model['state']}.")


@providers.command(name="calls")
@click.option("--state", type=click.Choice(CALL_STATES), help="Only calls in this state.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, help="Maximum number (50).")
@json_option
def list_calls(state: str | None, limit: int, as_json: bool) -> None:
    """List calls to providers, the newest first; `--state unknown` are those to look at."""
    output = Output(as_json)
    with handling_errors(output), open_application(), reading() as db:
        found = [additions.report(call) for call in additions.calls_in(db, state, limit)]
        output.data({"calls": json.loads(json.dumps(found, default=str))})
        if not as_json:
            table = plain_table("call", "job", "model", "state", "key", "task", "spent")
            for one in found:
                spent = f"${one['dollars']:.2f}" if one["spent"] else ""
                words = (one["job_id"], one["model_id"], one["state"], one["key"])
                table.add_row(one["id"], *words, escape(one["task_id"]), spent)
            output.console.print(table)


@providers.command()
@click.argument("call_id", metavar="CALL")
@click.option("--bought/--not-bought", required=True, help="What the provider's account shows.")
@click.option("--task", default="", metavar="ID", help="The provider's id of the task.")
@json_option
def resolve(call_id: str, bought: bool, task: str, as_json: bool) -> None:
    """Record the outcome of an unknown purchase; nothing is bought."""
    output = Output(as_json)
    with handling_errors(output), open_application(), writing() as db:
        call = additions.resolve(db, COMMAND_LINE, call_id, bought=bought, task_id=task)
        output.data(json.loads(json.dumps(additions.report(call), default=str)))
        if not as_json:
            output.console.print(f"{call_id}: {'bought' if bought else 'not bought'}.")


def _ask(provider: str | None) -> list[dict[str, Any]]:
    """Ask in a process of its own: the control plane does not speak to providers."""
    with reading() as db:
        services = registry.providers(db)
        firsts = {model.provider: model for model in reversed(registry.listed(db))}
        remotes = [
            asdict(registry.remote(services[name], model))
            for name, model in firsts.items()
            if provider in (None, name)
        ]
    command = [sys.executable, "-m", "gpu_worker.providers"]
    asked = subprocess.run(  # noqa: S603, PLW1510  our own module
        command, input=json.dumps(remotes).encode(), capture_output=True, timeout=_CHECK_SECONDS
    )
    found: list[dict[str, Any]] = json.loads(asked.stdout or b"[]")
    return found

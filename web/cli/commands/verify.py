"""`callsheet verify`: check whether a file was made here, and its signed statement."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from web.cli.commands.exit_codes import ExitCode, Incapable, handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import Server, connected, find, find_running, server_option
from web.state_directory import ROOT

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path, resolve_path=True)


@click.command()
@click.argument("file", type=FILE)
@server_option
@json_option
def verify(file: Path, server: str | None, as_json: bool) -> None:
    """Verify FILE: made here or not, when, by which engines, changed or not.

    Asks the server that runs here, or that of --server, as `POST /api/verify` does. Without one,
    only the signed statement in the file is read. Exits with 1 unless the file is an unchanged one
    of that server, or carries a valid statement and is unknown.
    """
    output = Output(as_json)
    with handling_errors(output):
        found = _ask(find(server) if server else find_running(), file)
        statement = found["statement"]
        # The statement's own fields stay where they were before servers were asked.
        output.data({**statement, **found})
        if not as_json:
            output.console.print(_words(found), markup=False)
    if not (found["verdict"] == "ours" or (found["verdict"] == "signed" and statement["valid"])):
        sys.exit(ExitCode.FAILED)


def _ask(server: Server | None, file: Path) -> dict[str, Any]:
    if server is not None:
        with connected(server) as client:
            return client.verify(file)
    statement = _read(file)
    verdict = "signed" if statement["signed"] else "unknown"
    message = "No server was asked; only the statement in the file was read."
    return {"verdict": verdict, "message": message, "statement": statement}


def _read(file: Path) -> dict[str, Any]:
    """Run the data plane's verifier, as the control plane has no signature library."""
    command = [sys.executable, "-m", "gpu_worker.verify", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise Incapable(f"The file cannot be verified here ({reason}). Run `make setup-lite`.")
    statement: dict[str, Any] = json.loads(done.stdout)
    return statement


def _words(found: dict[str, Any]) -> str:
    lines = [found["message"]]
    if found.get("made_at"):
        lines.append(f"Made at {found['made_at'][:19].replace('T', ' ')} UTC.")
        lines.append(f"Engines: {_engines(found['engines'])}")
    return "\n".join([*lines, *_statement(found["statement"])])


def _statement(statement: dict[str, Any]) -> list[str]:
    if not statement["signed"]:
        return ["The file has no statement of origin."]
    if not statement["valid"]:
        problems = ", ".join(statement["problems"])
        return [f"Its statement is invalid: the file was changed or is damaged ({problems})."]
    trusted = "is" if statement["trusted"] else "is not"
    origin = "AI-generated" if statement["ai_generated"] else "not declared as AI-generated"
    return [
        f"Signed by {statement['signer'] or 'an unnamed signer'}, and unchanged since.",
        f"The signer's certificate {trusted} that of this installation.",
        f"It is {origin}. {_engines(statement['engines'])}",
    ]


def _engines(engines: list[dict[str, str]]) -> str:
    return ", ".join(f"{engine['stage']}: {engine['name']}" for engine in engines)

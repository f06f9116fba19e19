"""`callsheet verify`: whether a video is signed as AI-made, and whether that still holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from web.cli.commands.exit_codes import ExitCode, Incapable, handling_errors
from web.cli.commands.output import Output, json_option
from web.state_directory import ROOT

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path, resolve_path=True)


@click.command()
@click.argument("file", type=FILE)
@json_option
def verify(file: Path, as_json: bool) -> None:
    """Say what the C2PA statement in FILE says: AI-made, by which engines, and unchanged since.

    Exits with 1 when there is no statement or the file was changed after it.
    """
    output = Output(as_json)
    with handling_errors(output):
        verdict = _ask(file)
        output.data(verdict)
        if not as_json:
            output.console.print(_words(verdict), markup=False)
    if not verdict["valid"]:
        sys.exit(ExitCode.FAILED)


def _ask(file: Path) -> dict[str, Any]:
    """In a process of the data plane: signatures are its business, not the control plane's."""
    command = [sys.executable, "-m", "gpu_worker.verify", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise Incapable(f"The file cannot be verified here ({said}); `make setup-lite` mends it.")
    verdict: dict[str, Any] = json.loads(done.stdout)
    return verdict


def _words(verdict: dict[str, Any]) -> str:
    if not verdict["signed"]:
        return "The file carries no statement of its origin."
    if not verdict["valid"]:
        problems = ", ".join(verdict["problems"])
        return f"The statement does not hold: the file was changed or is damaged ({problems})."
    engines = ", ".join(f"{engine['stage']}: {engine['name']}" for engine in verdict["engines"])
    trusted = "is" if verdict["trusted"] else "is not"
    made = "AI-generated" if verdict["ai_generated"] else "not said to be AI-generated"
    return "\n".join(
        [
            f"Signed by {verdict['signer'] or 'somebody unnamed'}, and unchanged since.",
            f"The signer {trusted} on the list of trusted ones.",
            f"It is {made}. {engines}",
        ]
    )

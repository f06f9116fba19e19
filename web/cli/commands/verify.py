"""`callsheet verify`: check a video's signed statement of AI generation."""

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
    """Verify the C2PA statement in FILE: AI-generated, by which engines, unchanged since.

    Exits with 1 if there is no statement or the file was changed after signing.
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
    """Run the data plane's verifier, as the control plane has no signature library."""
    command = [sys.executable, "-m", "gpu_worker.verify", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise Incapable(f"The file cannot be verified here ({reason}). Run `make setup-lite`.")
    verdict: dict[str, Any] = json.loads(done.stdout)
    return verdict


def _words(verdict: dict[str, Any]) -> str:
    if not verdict["signed"]:
        return "The file has no statement of origin."
    if not verdict["valid"]:
        problems = ", ".join(verdict["problems"])
        return f"The statement is invalid: the file was changed or is damaged ({problems})."
    engines = ", ".join(f"{engine['stage']}: {engine['name']}" for engine in verdict["engines"])
    trusted = "is" if verdict["trusted"] else "is not"
    origin = "AI-generated" if verdict["ai_generated"] else "not declared as AI-generated"
    return "\n".join(
        [
            f"Signed by {verdict['signer'] or 'an unnamed signer'}, and unchanged since.",
            f"The signer {trusted} on the list of trusted ones.",
            f"It is {origin}. {engines}",
        ]
    )

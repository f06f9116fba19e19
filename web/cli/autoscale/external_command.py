"""A command that sets the number of workers elsewhere: an instance group, a Deployment."""

from __future__ import annotations

import shlex
import subprocess
from typing import Final

PLACEHOLDER: Final = "{count}"
COMMAND_SECONDS: Final = 120


class CommandFailed(Exception):
    """The command did not do it; the text says what it said."""


def run_command(command: str, count: int) -> None:
    """Run it with the number; whoever is taken away there is drained there."""
    words = [word.replace(PLACEHOLDER, str(count)) for word in shlex.split(command)]
    try:
        ran = subprocess.run(  # noqa: S603  the operator's own command
            words, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandFailed(str(error)) from None
    if ran.returncode:
        raise CommandFailed(f"{words[0]} ended with {ran.returncode}: {ran.stderr.strip()[-300:]}")

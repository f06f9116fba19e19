"""Set the number of workers with an external command (an instance group, a Deployment)."""

from __future__ import annotations

import shlex
import subprocess
from typing import Final

PLACEHOLDER: Final = "{count}"
COMMAND_SECONDS: Final = 120


class CommandFailed(Exception):
    """The command failed; the message contains its output."""


def run_command(command: str, count: int) -> None:
    """Run the command with the number of workers; the platform drains those it removes."""
    words = [word.replace(PLACEHOLDER, str(count)) for word in shlex.split(command)]
    try:
        ran = subprocess.run(  # noqa: S603  the operator's own command
            words, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandFailed(str(error)) from None
    if ran.returncode:
        raise CommandFailed(f"{words[0]} ended with {ran.returncode}: {ran.stderr.strip()[-300:]}")

"""Where temporary files go: below the state directory, as everything that is written does.

Libraries and child processes ask the environment; so it is told, before anything runs.
"""

from __future__ import annotations

import os
import tempfile

from config.settings import Settings


def use(settings: Settings) -> None:
    """From here on, for this process and all that it starts."""
    directory = settings.path("temp")
    directory.mkdir(parents=True, exist_ok=True)
    os.environ["TMPDIR"] = str(directory)
    tempfile.tempdir = None  # asked anew

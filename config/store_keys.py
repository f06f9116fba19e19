"""Keys of cloud stores from files: `AWS_SECRET_ACCESS_KEY_FILE` replaces `AWS_SECRET_ACCESS_KEY`.

The libraries of the stores read these variables themselves, so they are no settings. Secrets that
are mounted as files stay out of the environment, which child processes and crash reports copy.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

NAMES: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_STORAGE_ACCOUNT_KEY",
)
FILE: Final = "_FILE"


def read_keys(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the keys that come from files, by their names in small letters.

    Raises `ValueError` for a file that cannot be read or is empty, and for a key given twice.
    """
    found = {}
    for name in NAMES:
        file = environ.get(f"{name}{FILE}", "")
        if not file:
            continue
        if environ.get(name):
            raise ValueError(f"set {name} or {name}{FILE}, not both")
        try:
            key = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{name}{FILE} cannot be read: {type(error).__name__}") from None
        if not key:
            raise ValueError(f"{name}{FILE} names an empty file")
        found[name.lower()] = key
    return found


def problems(environ: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the files of keys, for the check of all settings."""
    try:
        read_keys(environ)
    except ValueError as error:
        return [str(error)]
    return []

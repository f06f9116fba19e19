"""Generated secrets: small files in the state directory that only their owner can read."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

OPERATOR_TOKEN: Final = "operator-token"  # noqa: S105  the name of a file
METRICS_TOKEN: Final = "metrics-token"  # noqa: S105
FLOWER_PASSWORD: Final = "flower-password"  # noqa: S105


def ensure_secret(directory: Path, name: str) -> str:
    """Return this secret, and generate it on first use; concurrent processes get the same one."""
    path = directory / name
    with suppress(FileNotFoundError):
        return path.read_text(encoding="utf-8").strip()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written whole under another name (mode 0600 by `mkstemp`); the first link wins.
    handle, draft = tempfile.mkstemp(dir=directory, prefix=f".{name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(32))
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
    return path.read_text(encoding="utf-8").strip()


def read_secret(directory: Path, name: str) -> str:
    """Return this secret, or an empty string if it was not generated yet."""
    try:
        return (directory / name).read_text(encoding="utf-8").strip()
    except OSError:
        return ""

"""Programs that are not Python packages: a test that needs an absent one skips, CI fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest


def require(name: str, package: str, extra_places: Sequence[str] = ()) -> str:
    """The path of a program; without it the test skips with the reason, in CI it fails."""
    found = shutil.which(name)
    for pattern in extra_places:
        # The newest version, where several are installed side by side.
        found = found or max(map(str, Path("/").glob(pattern.lstrip("/"))), default=None)
    return found or missing(f"{name} is not installed (Debian: apt-get install {package})")


def missing(reason: str) -> NoReturn:
    """Skip here, fail in CI: a suite that skips everything must not be green there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)

"""The root directory of a minimal Debian, made by debootstrap."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.services.binaries import missing, require

SUITE = "bookworm"


def minimal_debian(directory: Path, packages: Sequence[str]) -> Path:
    """Make one with these packages; without root or a mirror, the test skips."""
    binary = require("debootstrap", "debootstrap", ["/usr/sbin/debootstrap"])
    if os.geteuid() != 0:
        missing("debootstrap needs root")
    root = directory / "root"
    command = [binary, "--variant=minbase", f"--include={','.join(packages)}", SUITE, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no mirror of Debian: {done.stdout.strip().splitlines()[-1:]}")
    return root

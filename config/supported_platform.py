"""Which platforms Callsheet runs on.

The set-up scripts import this on any Python, before anything is installed.
"""

from __future__ import annotations

import platform
import sys


def platform_problem(
    version: tuple[int, int] = sys.version_info[:2],
    implementation: str = sys.implementation.name,
    system: str = sys.platform,
    machine: str = platform.machine(),
    libc: str = platform.libc_ver()[0],
) -> str | None:
    """Say in one sentence why Callsheet cannot run here; None if it can."""
    python = version in {(3, 11), (3, 12)} and implementation == "cpython"
    if python and (system, machine, libc) == ("linux", "x86_64", "glibc"):
        return None
    here = (
        f"{implementation} {version[0]}.{version[1]} on {system} {machine} ({libc or 'no glibc'})"
    )
    return f"Callsheet runs on CPython 3.11 or 3.12 on Linux x86-64 with glibc; this is {here}."

"""`python config/setup/consistency.py NAME ...`: check that packages are compatible.

Like `uv pip check`, except for the packages that pyproject.toml leaves out on purpose
(`override-dependencies`): other packages require them, but nothing here imports them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_MISSING = re.compile(
    r"The package `[^`]+` requires `([A-Za-z0-9._-]+)[^`]*`, but it's not installed"
)
_PROBLEM = re.compile(r"The package .*")
_LEFT_OUT = re.compile(r"([A-Za-z0-9._-]+) *; *sys_platform == 'never'")


def main(names: list[str]) -> int:
    found = [
        f"{name}: {problem}"
        for name in names
        for problem in problems(_reported_problems(name), left_out())
    ]
    sys.stderr.write("".join(f"{line}\n" for line in found))
    return int(bool(found))


def left_out() -> set[str]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        overrides = tomllib.load(file)["tool"]["uv"]["override-dependencies"]
    return {match[1] for line in overrides if (match := _LEFT_OUT.fullmatch(line))}


def problems(output: str, without: set[str]) -> list[str]:
    """Return the problems that uv reported, without the packages left out on purpose.

    >>> problems("The package `a` requires `jax>=1`, but it's not installed", {"jax"})
    []
    >>> problems("The package `a` requires `b<2`, but `2.1` is installed", {"jax"})
    ['The package `a` requires `b<2`, but `2.1` is installed']
    """
    lines = [match[0] for match in _PROBLEM.finditer(output)]
    return [x for x in lines if not ((m := _MISSING.fullmatch(x)) and m[1] in without)]


def _reported_problems(name: str) -> str:
    venvs = ROOT / ".venvs"
    uv, python = venvs / "uv" / "bin" / "uv", venvs / name / "bin" / "python"
    asked = subprocess.run(  # noqa: S603  our own command
        [str(uv), "pip", "check", "--python", str(python)],
        capture_output=True,
        text=True,
        check=False,
    )
    output = asked.stdout + asked.stderr
    if asked.returncode and not _PROBLEM.search(output):
        raise SystemExit(output)
    return output


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

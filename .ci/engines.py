"""Decide whether the tests of engines run: only where something that they depend on has changed.

Prints the arguments for pytest on standard output, and on standard error what was decided.
The change is what lies between HEAD and its merge base with BASE (default: origin/main). If
that cannot be known, as on the main branch itself, the tests run.
"""

from __future__ import annotations

import os
import subprocess
import sys

TESTS = "tests/gpu_worker/engines"
CONCERNED = (
    ".ci/",
    "config/environments.py",
    "config/locks/",
    "config/stages.py",
    "gpu_worker/",
    "pyproject.toml",
    "tasks/domain/",
    "tests/conftest.py",
    "tests/gpu_worker/",
    "tests/services/",
)


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def reason(base: str) -> str | None:
    """Why the tests must run; None if nothing that they depend on has changed."""
    head, fork = git("rev-parse", "HEAD"), git("merge-base", "HEAD", base)
    if not fork:
        return f"there is no merge base with {base}"
    if fork == head:
        return f"{base} holds HEAD already"
    changed = git("diff", "--name-only", fork, "HEAD").splitlines()
    if not changed:
        return f"nothing differs from {base}"
    return next((f"{path} has changed" for path in changed if path.startswith(CONCERNED)), None)


def main() -> None:
    base = os.environ.get("BASE") or "origin/main"
    why = reason(base)
    if why:
        print(f"The tests of engines run: {why}.", file=sys.stderr)
        return
    print(f"The tests of engines are left out: nothing that they use differs from {base}.",
          file=sys.stderr)  # fmt: skip
    print(f"--ignore={TESTS}")


if __name__ == "__main__":
    main()

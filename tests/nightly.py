"""`python -m tests.nightly [PART ...]`: run what is too long for every landing.

Every part runs, whichever fails, and at the end each is named with its minutes. A whole run that
was green is written down in `docs/testing.md`, with its commit and its date.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import which

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "testing.md"
LAST_GREEN = re.compile(r"^The last run of `make nightly` that was green: .*$", re.MULTILINE)
TORCH = ("realesrgan", "xtts", "sadtalker")
EXAMPLES = "hypothesis and not slow and not faults and not soak and not bench and not gpu"


@dataclass(frozen=True, slots=True)
class Part:
    """A command, or why it is left out on this machine."""

    name: str
    command: Sequence[str]
    left_out: str = ""


def parts(seed: int) -> list[Part]:
    """Every part; the seed is that of the random examples and faults."""
    torch = [name for name in TORCH if (ROOT / ".venvs" / name).exists()]
    pytest = (sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile")
    hypothesis = f"--hypothesis-seed={seed}"
    soak = f"--soak-jobs 60 --soak-seconds 90 --soak-seed {seed}"
    return [
        Part("examples", (*pytest, "-m", EXAMPLES, "--hypothesis-profile=nightly", hypothesis)),
        Part("faults", ("make", "faults", f"ARGS={hypothesis}")),
        Part("soak", ("make", "soak", f"ARGS={soak}")),
        Part("studio-test", ("make", "studio-test")),
        Part(
            "test-torch",
            ("make", "test-torch", f"TORCH={' '.join(torch)}"),
            "" if torch else "no environment with torch: make test-torch",
        ),
        Part("bench", ("make", "bench", "ARGS=--small")),
        Part("fuzz", ("make", "fuzz")),
        Part("mutants", ("make", "mutants")),
        Part("images-test", ("make", "images-test"), "" if which("podman") else "no podman"),
    ]


def main(names: list[str]) -> int:
    seed = random.randrange(1, 2**31)
    chosen = [part for part in parts(seed) if not names or part.name in names]
    print(f"Seed of the examples and of the soak: {seed}", flush=True)
    lines, failed = [], False
    for part in chosen:
        if part.left_out:
            lines.append(f"{part.name:12} left out: {part.left_out}")
            continue
        began = time.monotonic()
        code = subprocess.run(part.command, cwd=ROOT, check=False).returncode
        failed |= code != 0
        minutes = (time.monotonic() - began) / 60
        lines.append(f"{part.name:12} {minutes:5.1f} min  {'FAILED' if code else 'green'}")
    print(*lines, f"seed {seed}", sep="\n")
    if not failed and not names:
        write_down(_git("rev-parse", "--short", "HEAD"))
    return int(failed)


def write_down(commit: str) -> None:
    """Write into the page that this commit was green today."""
    line = f"The last run of `make nightly` that was green: {commit}, {datetime.now(UTC):%Y-%m-%d}."
    PAGE.write_text(LAST_GREEN.sub(line, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

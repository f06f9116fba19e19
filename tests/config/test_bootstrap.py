from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config.setup import bootstrap

FITTING = {"implementation": "cpython", "system": "linux", "machine": "x86_64", "libc": "glibc"}


@pytest.mark.parametrize("version", [(3, 11), (3, 12)])
def test_what_it_runs_on(version: tuple[int, int]) -> None:
    assert bootstrap.platform_problem(version, **FITTING) is None


@pytest.mark.parametrize(
    ("version", "here"),
    [
        ((3, 10), {}),
        ((3, 13), {}),
        ((3, 12), {"implementation": "pypy"}),
        ((3, 12), {"system": "darwin"}),
        ((3, 12), {"machine": "aarch64"}),
        ((3, 12), {"libc": ""}),
    ],
)
def test_anything_else_is_refused_in_one_sentence(
    version: tuple[int, int], here: dict[str, str]
) -> None:
    sentence = bootstrap.platform_problem(version, **(FITTING | here))
    assert sentence is not None
    assert "CPython 3.11 or 3.12 on Linux x86-64" in sentence
    assert sentence.count("\n") == 0
    assert sentence.rstrip(".").count(". ") == 0


def test_make_says_it_in_one_sentence_where_no_python_fits(tmp_path: Path) -> None:
    for tool in ("make", "sh", "grep"):
        found = subprocess.run(["which", tool], capture_output=True, text=True, check=True)
        (tmp_path / tool).symlink_to(found.stdout.strip())
    done = subprocess.run(
        [tmp_path / "make", "setup-lite"],
        cwd=bootstrap.ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Callsheet runs on CPython 3.11 or 3.12 on Linux x86-64" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_environment_that_is_set_up_is_left_alone(tmp_path: Path) -> None:
    """The stamp holds the lock's digest, the interpreter and the place of the checkout."""
    name = Path(sys.prefix).name
    stamp = Path(sys.prefix) / ".callsheet-stamp"
    if not stamp.exists():
        pytest.skip("these tests run in an environment that `make` did not set up")
    before = stamp.stat().st_mtime_ns
    command = [
        str(Path(sys.executable).resolve()),
        "-I",
        str(bootstrap.ROOT / "config/setup/bootstrap.py"),
    ]
    done = subprocess.run([*command, name], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert stamp.stat().st_mtime_ns == before


def test_an_unknown_environment_is_named() -> None:
    with pytest.raises(
        bootstrap.SetupFailed, match=r"no environment nothing; there are .*dev, lite"
    ):
        bootstrap._ensure("nothing")

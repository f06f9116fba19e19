from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.setup import bootstrap
from config.supported_platform import platform_problem
from tests.services.binaries import missing

FITTING = {"implementation": "cpython", "system": "linux", "machine": "x86_64", "libc": "glibc"}


@pytest.mark.parametrize("version", [(3, 11), (3, 12)])
def test_cpython_3_11_and_3_12_are_supported(version: tuple[int, int]) -> None:
    assert platform_problem(version, **FITTING) is None


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
def test_any_other_platform_is_refused_in_one_sentence(
    version: tuple[int, int], here: dict[str, str]
) -> None:
    sentence = platform_problem(version, **(FITTING | here))
    assert sentence is not None
    assert "CPython 3.11 or 3.12 on Linux x86-64" in sentence
    assert sentence.count("\n") == 0
    assert sentence.rstrip(".").count(". ") == 0


def test_make_without_a_supported_python_prints_one_sentence(tmp_path: Path) -> None:
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


def test_environment_with_a_matching_stamp_is_not_set_up_again() -> None:
    """The stamp holds the lock's digest, the interpreter and the checkout's path."""
    name = Path(sys.prefix).name
    stamp = Path(sys.prefix) / ".callsheet-stamp"
    if not stamp.exists():
        missing("`make` did not set up the environment of these tests")
    before = stamp.stat().st_mtime_ns
    command = [
        str(Path(sys.executable).resolve()),
        "-I",
        str(bootstrap.ROOT / "config/setup/bootstrap.py"),
    ]
    done = subprocess.run([*command, name], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert stamp.stat().st_mtime_ns == before


def test_unknown_environment_is_reported_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert bootstrap.main(["nothing"]) == 1
    told = capsys.readouterr().err
    assert re.search(r"no environment nothing; there are .*dev, .*lite", told)

"""CI leaves out the tests of engines only where it knows that nothing they use has changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "engines.py"


def git(place: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=place, check=True, capture_output=True)


def commit(place: Path, *paths: str) -> None:
    for path in paths:
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        with (place / path).open("a") as file:
            file.write("another line\n")
    git(place, "add", ".")
    git(place, "commit", "-m", "Change something")


def decided(place: Path, base: str = "main") -> str:
    done = subprocess.run(
        [sys.executable, SCRIPT],
        cwd=place,
        env={"PATH": "/usr/bin:/bin", "BASE": base},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.startswith("The tests of engines ")
    return done.stdout.strip()


@pytest.fixture
def branch(tmp_path: Path) -> Path:
    """A branch that has just left `main`."""
    git(tmp_path, "init", "-b", "main")
    commit(tmp_path, "web/app.py", "gpu_worker/engine.py")
    git(tmp_path, "checkout", "-b", "change")
    return tmp_path


@pytest.mark.parametrize(
    ("paths", "left_out"),
    [
        (("web/app.py",), True),
        (("docs/api.md", "tests/web/test_wsgi.py"), True),
        (("gpu_worker/engine.py",), False),
        (("web/app.py", "tests/gpu_worker/engines/voices.py"), False),
        (("pyproject.toml",), False),
    ],
)
def test_engines_are_tested_where_they_may_have_changed(
    branch: Path, paths: tuple[str, ...], left_out: bool
) -> None:
    commit(branch, *paths)
    assert decided(branch) == ("--ignore=tests/gpu_worker/engines" if left_out else "")


def test_what_main_has_changed_meanwhile_is_no_part_of_the_change(branch: Path) -> None:
    commit(branch, "web/app.py")
    git(branch, "checkout", "main")
    commit(branch, "gpu_worker/engine.py")
    git(branch, "checkout", "change")
    assert decided(branch)


def test_engines_are_tested_where_the_change_is_not_known(branch: Path) -> None:
    assert decided(branch) == ""
    commit(branch, "web/app.py")
    assert decided(branch, base="origin/main") == ""

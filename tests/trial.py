"""Runs tests on a copy of the checkout in which one file has another text.

A trial is a fork of an interpreter that has imported pytest and the packages that the product
uses, but nothing of the product: most of what a new interpreter costs would be those imports.
"""

from __future__ import annotations

import atexit
import compileall
import importlib
import multiprocessing
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    import pytest

One = TypeVar("One")
Said = TypeVar("Said")

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 300.0
"""The longest trial."""
MOST_LANES = 4
ORDINARY = "not slow and not faults and not soak and not bench and not gpu"
PRODUCT = ("config", "gpu_worker", "tasks", "web")
OURS = (*PRODUCT, "callsheet_client", "docs", "tests")
PACKAGES = (
    "pytest",
    "hypothesis.strategies",
    "alembic.command",
    "celery.canvas",
    "cryptography.x509",
    "flask_limiter",
    "flask_migrate",
    "flask_smorest",
    "flask_socketio",
    "flask_sqlalchemy",
    "httpx",
    "httpx2",
    "joserfc.jwt",
    "kombu.transport.redis",
    "markdown_it",
    "marshmallow",
    "numpy",
    "PIL.Image",
    "prometheus_client",
    "psycopg",
    "redis",
    "socketio",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.orm",
    "stripe",
    "webauthn",
)


class Verdict(StrEnum):
    KILLED = "killed"
    SURVIVED = "survived"
    UNKNOWN = "nothing was tested"


def load_packages() -> None:
    """Import what every trial would import."""
    for name in PACKAGES:
        importlib.import_module(name)


@contextmanager
def snapshot() -> Iterator[Path]:
    """A copy of the tracked files, so that no edit during a run counts in it.

    Each lane works on a copy of that one; all of them share the environment.
    """
    place = Path(tempfile.mkdtemp())  # a TemporaryDirectory would be removed by every fork's end
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    copy = place / "start"
    try:
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy / name)
        for package in PRODUCT:  # or each trial would compile all but the changed file again
            compileall.compile_dir(copy / package, quiet=2)
        (copy / ".venvs").symlink_to(ROOT / ".venvs")
        yield copy
    finally:
        shutil.rmtree(place)


def judge(
    root: Path,
    file: str,
    text: str,
    tests: str,
    *,
    markers: str = ORDINARY,
    seconds: float = SECONDS,
) -> Verdict:
    """Run tests on a copy in which a file has another text."""
    original = (root / file).read_bytes()
    (root / file).write_text(text, encoding="utf-8")
    pid = os.fork()
    if pid == 0:
        _run(root, tests, markers)
    try:
        code = _waited(pid, seconds)
    finally:
        with suppress(ProcessLookupError):  # what its tests have left
            os.killpg(pid, signal.SIGKILL)
        (root / file).write_bytes(original)
    # None: it hangs, and in the suite a test that hangs fails. 1: tests failed; 2 or 4: the
    # mutant does not even import; below zero: it ended its process. 5: no test was found.
    if code in (None, 1, 2, 4) or code < 0:
        return Verdict.KILLED
    return Verdict.SURVIVED if code == 0 else Verdict.UNKNOWN


def _run(root: Path, tests: str, markers: str) -> NoReturn:
    """Run pytest in this fork, which ends with its exit code."""
    import pytest

    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nothing, descriptor)
    os.chdir(root)
    os.environ |= {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True
    sys.path[:] = [str(root), *(place for place in sys.path if place not in ("", str(ROOT)))]
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    importlib.invalidate_caches()
    code, failures = 3, _Failures()
    try:
        options = ["-x", "-q", "-p", "no:cacheprovider", "-m", markers]
        # Packages with a plugin are imported already, so their assertions are not rewritten.
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        code = pytest.main([*options, *tests.split()], plugins=[failures])
        atexit._run_exitfuncs()
    finally:  # pytest itself may raise after a failure: what that test has left is found late
        os._exit(1 if failures.any else code)


class _Failures:
    """A plugin of pytest that notes whether a test has failed."""

    any = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.any = self.any or report.failed


def _waited(pid: int, seconds: float) -> int | None:
    """The exit code of a child; None if it had to be killed because its time was over."""
    descriptor = os.pidfd_open(pid)
    try:
        ended, _, _ = select.select([descriptor], [], [], seconds)
        if not ended:
            os.killpg(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(descriptor)
    return os.waitstatus_to_exitcode(status) if ended else None


def lanes(
    copy: Path, try_one: Callable[[Path, One], Said], mutants: Iterable[One]
) -> Iterator[tuple[One, Said]]:
    """Try mutants of a snapshot, a lane for each processor; yield each with what is said of it."""
    load_packages()
    number = min(MOST_LANES, len(os.sched_getaffinity(0)))
    with multiprocessing.get_context("fork").Pool(number, _enter, (copy, try_one)) as pool:
        yield from pool.imap_unordered(_answer, mutants)


_LANE: dict[str, Any] = {}
"""The copy of this process, and what it does with each mutant."""


def _enter(copy: Path, try_one: Callable[..., object]) -> None:
    root = shutil.copytree(copy, copy.with_name(str(os.getpid())), symlinks=True)
    _LANE.update(root=root, try_one=try_one)


def _answer(mutant: object) -> Any:
    return mutant, _LANE["try_one"](_LANE["root"], mutant)

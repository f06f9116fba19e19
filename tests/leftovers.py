"""A pytest plugin that names the tests which leave threads or processes running.

What a test leaves slows down or breaks a later one, which is then blamed. Whatever a fixture of
a wider scope has started may stay. A leftover is an error of its test; in `LENIENT` files it is
listed at the end of a run, unless that has `--fail-leftovers`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import fork_server, standing

LENIENT = (
    "tests/faults/test_alerts.py",
    "tests/faults/test_credits.py",
    "tests/faults/test_emergency.py",
    "tests/faults/test_frozen_controller.py",
    "tests/faults/test_hostile_flood.py",
    "tests/faults/test_logs.py",
    "tests/faults/test_memory.py",
    "tests/faults/test_parts.py",
    "tests/faults/test_projects.py",
    "tests/faults/test_promise.py",
    "tests/faults/test_purchase_kills.py",
    "tests/faults/test_purchases.py",
    "tests/faults/test_sentinel.py",
    "tests/faults/test_shutdown.py",
    "tests/faults/test_store.py",
    "tests/studio/test_frontends_page.py",
    "tests/studio/test_home.py",
    "tests/studio/test_journeys.py",
    "tests/studio/test_projects_page.py",
    "tests/studio/test_watching.py",
)
"""Files whose tests were not all run with `--fail-leftovers` yet."""
GRACE_SECONDS = 10.0
"""For what was told to end and has not been waited for; a busy machine needs some."""

Running = dict[str, str]
"""What runs now, by a unique key: a name that people can read."""


def running() -> Running:
    """Threads of this process, and processes that it or its fork servers have started."""
    found = {
        f"thread {thread.ident}": f"thread {thread.name}"
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and thread not in standing.THREADS
    }
    servers = fork_server.pids()
    for parent in ("self", *map(str, servers)):
        for pid in _children(parent):
            if pid not in servers and pid not in standing.PIDS:
                found[f"process {pid}"] = f"process {pid} {_command(pid)}".rstrip()
    return found


def _children(parent: str) -> set[int]:
    listed = (path.read_text() for path in Path(f"/proc/{parent}/task").glob("*/children"))
    try:
        return {int(pid) for text in listed for pid in text.split()}
    except OSError:  # a thread has ended between the two looks
        return set()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")[:80].strip()
    except OSError:
        return ""


def left(before: Running, allowed: Running, seconds: float) -> list[str]:
    """What runs that did not run before, once it has had time to end."""
    end = time.monotonic() + seconds
    while True:
        more = {k: name for k, name in running().items() if k not in before and k not in allowed}
        if not more or time.monotonic() > end:
            return sorted(more.values())
        time.sleep(0.02)


class Watch:
    """Compares what runs before the set-up of each test with what runs after its end."""

    def __init__(self, *, fails: bool) -> None:
        self._fails = fails
        self._before: Running = {}
        self._allowed: Running = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> Iterator[None]:
        before = running() if fixturedef.scope != "function" else None
        try:
            return (yield)
        finally:
            if before is not None:
                self._allowed |= {k: name for k, name in running().items() if k not in before}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        self._before = running()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        result = yield
        if names := left(self._before, self._allowed, GRACE_SECONDS):
            item.user_properties.append(("left", names))
            if self._fails or not item.nodeid.startswith(LENIENT):
                pytest.fail(f"left running: {', '.join(names)}", pytrace=False)
        return result


class Summary:
    """Collects what the workers report, and lists it at the end."""

    def __init__(self) -> None:
        self.tests: dict[str, list[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        names = dict(report.user_properties).get("left")
        if isinstance(names, list):
            self.tests[report.nodeid] = names

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.tests:
            terminalreporter.section(f"{len(self.tests)} tests left something running")
            for test, names in sorted(self.tests.items()):
                terminalreporter.write_line(f"{test}: {', '.join(names)}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fail-leftovers",
        action="store_true",
        help="a test that leaves a thread or a process running is an error",
    )


def pytest_configure(config: pytest.Config) -> None:
    fails = config.getoption("--fail-leftovers")
    config.pluginmanager.register(Watch(fails=fails), "leftovers-watch")
    if not hasattr(config, "workerinput"):  # a worker of pytest-xdist reports to its controller
        config.pluginmanager.register(Summary(), "leftovers-summary")

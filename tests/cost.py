"""A pytest plugin that reports the CPU seconds of every test, module and part of the suite.

Wall time says how busy the machine was; CPU seconds say what a test costs wherever it runs.
Processes that a test starts count from the moment they are waited for. Every part, a folder
of `tests/`, has a budget in `tests/budgets.toml`; in CI a part that exceeds it fails the run.
"""

from __future__ import annotations

import os
import resource
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import fork_server

BUDGETS = Path(__file__).with_name("budgets.toml")
REPORT = Path(__file__).resolve().parents[1] / "build" / "test-cost.tsv"
SHOWN = 10


def spent() -> float:
    """CPU seconds of this process and of its children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used) + fork_server.spent()


class Measure:
    """Attaches its cost to each phase of each test."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        yield from self._measured(item)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        yield from self._measured(item)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        yield from self._measured(item)

    def _measured(self, item: pytest.Item) -> Iterator[None]:
        before = spent()
        try:
            return (yield)
        finally:
            # A phase's report carries all properties so far: the last one counts.
            earlier = dict(item.user_properties).get("cpu", 0.0)
            item.user_properties[:] = [p for p in item.user_properties if p[0] != "cpu"]
            item.user_properties.append(("cpu", float(earlier) + spent() - before))


class Summary:
    """Adds up what the workers report, and prints it at the end."""

    def __init__(self) -> None:
        self.tests: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        cost = dict(report.user_properties).get("cpu")
        if isinstance(cost, float):
            self.tests[report.nodeid] = cost

    def exceeded(self) -> list[str]:
        """A sentence for each part that cost more than its budget."""
        budgets = tomllib.loads(BUDGETS.read_text(encoding="utf-8"))
        return [
            f"{part} cost {cost:.0f} CPU seconds; its budget in {BUDGETS.name} is {allowed}"
            for part, cost in sorted(self.parts().items())
            if (allowed := budgets.get(part)) is not None and cost > allowed
        ]

    def parts(self) -> Counter[str]:
        """CPU seconds of each folder of `tests/`."""
        return self._grouped(lambda nodeid: "/".join(nodeid.split("::")[0].split("/")[1:-1]) or ".")

    def modules(self) -> Counter[str]:
        """CPU seconds of each test module."""
        return self._grouped(lambda nodeid: nodeid.split("::")[0])

    def _grouped(self, key: object) -> Counter[str]:
        assert callable(key)
        grouped: Counter[str] = Counter()
        for nodeid, cost in self.tests.items():
            grouped[key(nodeid)] += cost  # type: ignore[assignment]  # seconds are no integers
        return grouped

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if os.environ.get("CI") == "true" and self.exceeded() and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.tests or sum(self.tests.values()) < 1:
            return
        REPORT.parent.mkdir(exist_ok=True)
        rows = sorted(self.tests.items(), key=lambda row: -row[1])
        REPORT.write_text("".join(f"{cost:.3f}\t{nodeid}\n" for nodeid, cost in rows))
        terminalreporter.section(f"CPU seconds: {sum(self.tests.values()):.0f}")
        parts = ", ".join(f"{part} {cost:.0f}" for part, cost in self.parts().most_common())
        terminalreporter.write_line(parts)
        for module, cost in self.modules().most_common(SHOWN):
            terminalreporter.write_line(f"{cost:7.1f}  {module}")
        for sentence in self.exceeded():
            terminalreporter.write_line(f"over budget: {sentence}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Measure(), "cost-measure")
    if not hasattr(config, "workerinput"):  # a worker of pytest-xdist reports to its controller
        config.pluginmanager.register(Summary(), "cost-summary")

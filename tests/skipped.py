"""A pytest plugin that says at the end what was skipped, and how to install what is missing."""

from __future__ import annotations

import re
from collections import Counter

import pytest

_PACKAGE = re.compile(r"apt-get install ([\w.+-]+)")


class Summary:
    """Counts skipped tests by their reason."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._count(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._count(report)

    def _count(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        why = report.longrepr
        if report.skipped and isinstance(why, tuple):  # not if it was expected to fail
            self.reasons[why[2].removeprefix("Skipped: ")] += 1

    def lines(self) -> list[str]:
        """A line for each reason, and the command that installs what is missing."""
        told = [f"{count:4}  {reason}" for reason, count in self.reasons.most_common()]
        packages = {name for reason in self.reasons for name in _PACKAGE.findall(reason)}
        if packages:
            told.append(f"To run them: apt-get install {' '.join(sorted(packages))}")
        return told

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.reasons:
            terminalreporter.section(f"{self.reasons.total()} tests skipped")
            for line in self.lines():
                terminalreporter.write_line(line)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker of pytest-xdist reports to its controller
        config.pluginmanager.register(Summary(), "skipped-summary")

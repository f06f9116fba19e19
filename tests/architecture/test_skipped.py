"""The end of a run says what was skipped, and the one command that installs what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import skipped
from tests.services import binaries


def refused(program: str, package: str) -> str:
    with pytest.raises(pytest.skip.Exception) as skip:
        binaries.require(program, package)
    return str(skip.value)


def report(reason: str) -> pytest.TestReport:
    place = (str(Path("test_it.py")), 1, f"Skipped: {reason}")
    return pytest.TestReport("test_it.py::test", ("", None, ""), {}, "skipped", place, "setup")


def test_each_reason_is_one_line_and_all_packages_are_one_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)
    summary = skipped.Summary()
    scanner, browser = refused("no-clamd", "clamav-daemon"), refused("no-chromium", "chromium")
    for reason in (scanner, browser, scanner, "torch is not in this environment"):
        summary.pytest_runtest_logreport(report(reason))
    assert summary.lines() == [
        "   2  no-clamd is not installed (Debian: apt-get install clamav-daemon)",
        "   1  no-chromium is not installed (Debian: apt-get install chromium)",
        "   1  torch is not in this environment",
        "To run them: apt-get install chromium clamav-daemon",
    ]


def test_nothing_skipped_is_nothing_said() -> None:
    assert skipped.Summary().lines() == []

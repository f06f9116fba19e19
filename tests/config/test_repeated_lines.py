"""Log lines of an outage: one a minute, with the reason; libraries' output is wrapped."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from config.repeated_lines import Repeats

SCRIPT = """
import sys, threading, warnings
from config.logs import configure
from config.settings import read
configure(read({"LOG_FORMAT": "json", "SECRET_KEY": "never-shown-anywhere"}))
print("printed", "twice\\nin two lines")
sys.stderr.write("half a ")
sys.stderr.write("line with never-shown-anywhere\\n")
warnings.warn("old way", DeprecationWarning, stacklevel=1)
thread = threading.Thread(target=lambda: 1 / 0)
thread.start(); thread.join()
raise ValueError("the end\\nof it")
"""


def record(message: str, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("web", level, "f", 1, message, None, None)


def test_an_outage_is_one_line_a_minute_for_all_parts() -> None:
    time = [0.0]
    repeats = Repeats(lambda: time[0])
    noticed = ("service unavailable, retrying", "heartbeat not sent", "requests of nodes wait")
    assert [repeats.filter(record(message)) for message in noticed] == [True, False, False]
    assert repeats.filter(record("mails wait"))
    assert repeats.filter(record("job ended", logging.INFO))
    time[0] = 59.0
    assert not repeats.filter(record(noticed[0]))
    time[0] = 61.0
    last = record(noticed[1])
    assert repeats.filter(last)
    assert last.__dict__["left_out"] == 3


@pytest.mark.parametrize("message", ["heartbeat not sent"])
def test_a_line_with_a_traceback_is_never_left_out(message: str) -> None:
    repeats = Repeats()
    repeats.filter(record(message))
    again = record(message, logging.ERROR)
    again.exc_info = (ValueError, ValueError("x"), None)
    assert repeats.filter(again)


def test_whatever_is_printed_is_a_line_of_json() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "never-shown-anywhere" not in done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line.get("line") for line in lines[:3]] == [
        *("printed twice", "in two lines", "half a line with ***"),
    ]
    assert lines[3]["logger"] == "py.warnings"
    assert [line["level"] for line in lines[4:]] == ["critical", "critical"]
    assert "ZeroDivisionError" in lines[4]["traceback"]
    assert "ValueError: the end" in lines[5]["traceback"]

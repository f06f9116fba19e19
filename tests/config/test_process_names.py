"""Processes with one host name have different names, also the first ones of containers."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

from config.installation import ROOT
from tests.services.binaries import missing, require

SHOW = "import os; from config.process_names import process_number as n; print(os.getpid(), n())"


def test_first_processes_of_two_containers_have_different_numbers() -> None:
    """As on a host network, where containers share the name of the host."""
    command = [require("unshare", "util-linux"), "--user", "--map-root-user", "--pid", "--fork"]
    command += [sys.executable, "-c", f"{SHOW}; input()"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with ExitStack() as stack:
        both = [
            stack.enter_context(subprocess.Popen(command, cwd=ROOT, text=True, **pipes))
            for _ in range(2)
        ]
        assert all(one.stdout and one.stdin for one in both)
        shown = [one.stdout.readline().split() for one in both if one.stdout]
        for one in both:
            if one.stdin:
                one.stdin.close()
        if not all(shown):
            missing("namespaces of processes cannot be made here")
    assert [pid for pid, _ in shown] == ["1", "1"]
    assert len({number for _, number in shown}) == 2

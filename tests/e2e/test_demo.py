"""`callsheet demo` as a person sees it: in a terminal, and through a pipe."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.services.modes import open_to_others
from tests.services.waiting import until
from web.state_directory import ROOT, StateDirectory

COMMAND = [sys.executable, "-m", "web.cli"]


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A state of its own; simulated engines, so that it takes seconds."""
    ours = {
        "CALLSHEET_STATE": str(tmp_path_factory.mktemp("demo") / "state"),
        "DEFAULT_MODE": "simulation",
        "SIMULATION_SPEED": "0.01",
        "TERM": "xterm",
        "COLUMNS": "120",
        "LINES": "40",
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | ours


def no_process_left(environ: dict[str, str]) -> bool:
    for process in psutil.process_iter():
        try:
            mine = process.environ().get("CALLSHEET_STATE") == environ["CALLSHEET_STATE"]
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                return False
        except psutil.Error:
            continue
    return True


class Terminal:
    """A command at the other end of a pseudo terminal."""

    def __init__(self, environ: dict[str, str], *arguments: str) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=ROOT,
            env=environ,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=take_terminal,  # noqa: PLW1509  between fork and exec, or not at all
            umask=0,
        )
        os.close(slave)
        self.text = ""

    def read_until(self, wanted: str, seconds: float = 120.0) -> str:
        end = time.monotonic() + seconds
        while wanted not in self.text:
            ready, _, _ = select.select([self._master], [], [], 1.0)
            if ready and not self._read():
                break
            if time.monotonic() > end:
                break
        assert wanted in self.text, self.text[-3000:]
        return self.text

    def _read(self) -> bool:
        try:
            chunk = os.read(self._master, 65536)
        except OSError:  # the other end is closed
            return False
        self.text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", chunk.decode(errors="replace"))
        return bool(chunk)

    def press_ctrl_c(self) -> None:
        os.write(self._master, b"\x03")

    def end(self) -> int:
        """The exit status, when everything was read."""
        while self._read():
            pass
        return self.process.wait(60)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)


def take_terminal() -> None:
    """Make standard input the controlling terminal, so that Ctrl-C is a signal."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def terminal(environ: dict[str, str]) -> Iterator[Terminal]:
    terminal = Terminal(environ, "demo")
    yield terminal
    terminal.close()
    until(lambda: no_process_left(environ), "everything has ended", seconds=40)


def test_the_demo_makes_a_video_and_serves_until_ctrl_c(
    terminal: Terminal, environ: dict[str, str]
) -> None:
    text = terminal.read_until("Press Ctrl-C to stop.")
    for stage in ("script", "voice", "face", "animate", "enhance", "assemble"):
        assert re.search(rf"{stage} .*100 %", text), stage
    found = re.search(r"Saved (\S+\.mp4) \(\d+\.\d MB\)", text.replace("\r\n", "\n"))
    assert found is not None
    assert Path(found[1]).stat().st_size > 10_000
    server = re.search(r"Server +(http://127\.0\.0\.1:\d+)", text)
    assert server is not None
    address = StateDirectory(Path(environ["CALLSHEET_STATE"])).address  # where commands look it up
    assert address.read_text() == server[1]

    assert open_to_others(Path(environ["CALLSHEET_STATE"])) == []
    again = subprocess.run(
        [*COMMAND, "serve"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert "Callsheet is already running on" in again.stderr
    assert "Traceback" not in again.stderr

    terminal.press_ctrl_c()
    assert terminal.end() == 0
    assert "Stopping ..." in terminal.text
    assert "Traceback" not in terminal.text
    assert no_process_left(environ)
    assert not address.exists()


@pytest.mark.slow
def test_the_demo_through_a_pipe_runs_once(environ: dict[str, str]) -> None:
    """On the state of the test before, in the same session: all results are found."""
    done = subprocess.run(
        [*COMMAND, "demo", "--once"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        umask=0o022,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert open_to_others(Path(environ["CALLSHEET_STATE"])) == []
    assert "\x1b[" not in done.stdout
    assert "assemble: done (found)" in done.stdout
    assert re.search(r"^Saved \S+\.mp4", done.stdout, re.MULTILINE)
    assert no_process_left(environ)


def test_a_process_that_cannot_start_is_reported_with_its_last_lines(
    environ: dict[str, str], tmp_path: Path
) -> None:
    broken = environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/no/such/place.db"}
    done = subprocess.run(
        [*COMMAND, "demo", "--once"],
        cwd=ROOT,
        env=broken,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "The database could not be prepared" in done.stderr
    assert "unable to open database file" in done.stderr
    assert no_process_left(environ)


@pytest.mark.slow
def test_termination_during_the_start_leaves_no_process(environ: dict[str, str]) -> None:
    process = subprocess.Popen(
        [*COMMAND, "serve"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Starting")
        until(
            lambda: len(psutil.Process(process.pid).children(recursive=True)) >= 3,
            "it starts",
            seconds=60,
        )
        process.send_signal(signal.SIGTERM)
        assert "Traceback" not in process.stdout.read()
    assert process.returncode == 130
    assert no_process_left(environ)

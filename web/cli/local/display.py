"""Display a job: live bars in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from web.cli.formatting import plain_table
from web.cli.local.job_view import JobView, StageRow

BAR_WIDTH = 32
_COLOURS = {"waiting": "dim", "running": "cyan", "done": "green", "failed": "red"}


class Display(Protocol):
    """Something that shows a job's progress."""

    def show(self, view: JobView) -> None: ...


@contextmanager
def make_display(console: Console, view: JobView) -> Iterator[Display]:
    """Return the display that fits this terminal."""
    if not console.is_terminal:
        yield Lines(console)
        return
    bars = Bars(view)
    with Live(bars, console=console, refresh_per_second=8, transient=False):
        yield bars


class Bars:
    """Live bars, redrawn several times a second so that the clock runs between events."""

    def __init__(self, view: JobView) -> None:
        self._board = view
        self._began = time.monotonic()
        self._spinner = Spinner("dots", style="cyan")

    def show(self, view: JobView) -> None:
        self._board = view

    def __rich__(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for justify in ("left", "left", "left", "right", "right", "right", "left"):
            table.add_column(justify=justify, no_wrap=True)
        now = time.monotonic()
        for row in self._board.rows.values():
            table.add_row(*self._cells(row, now))
        table.add_row()
        table.add_row(*self._total(now))
        return table

    def _cells(self, row: StageRow, now: float) -> list[RenderableType]:
        state = row.state
        colour = _COLOURS[state]
        mark: RenderableType = self._spinner if state == "running" else Text(_mark(state), colour)
        return [
            mark,
            Text(row.stage, colour if state != "done" else ""),
            ProgressBar(100, row.percent, width=BAR_WIDTH, complete_style=colour),
            Text(f"{row.percent:3.0f} %", colour),
            Text(_watch(row.elapsed(now)), "dim"),
            Text(row.scenes, "dim"),
            Text(_engine(row), "dim"),
        ]

    def _total(self, now: float) -> list[RenderableType]:
        view = self._board
        left = "" if view.eta_seconds is None or view.end else _left(view.eta_seconds)
        return [
            Text(),
            Text("video", "bold"),
            ProgressBar(100, view.percent, width=BAR_WIDTH, complete_style="bold cyan"),
            Text(f"{view.percent:3.0f} %", "bold"),
            Text(_watch(now - self._began), "bold"),
            Text(),
            Text(left),
        ]


class Lines:
    """Lines for logs and pipes: at a stage's start and end, and at every ten percent."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._states: dict[tuple[str, int | None], str] = {}
        self._tens = 0

    def show(self, view: JobView) -> None:
        for row in view.rows.values():
            self._changes(row)
        if view.percent // 10 > self._tens:
            self._tens = int(view.percent // 10)
            left = "" if view.eta_seconds is None else f", {_left(view.eta_seconds)}"
            self._console.print(f"{view.percent:3.0f} %{left}", highlight=False)

    def _changes(self, row: StageRow) -> None:
        for scene, run in row.runs.items():
            if self._states.get((row.stage, scene), "waiting") == run.state:
                continue
            self._states[row.stage, scene] = run.state
            of = "" if scene is None else f" of scene {scene + 1}"
            how = ""
            if run.state == "done":
                how = " (found)" if run.found else f" in {run.seconds:.1f} s"
            line = f"{row.stage}{of}: {run.state}{how}, {_engine(row)}"
            self._console.print(line, highlight=False)


def times(view: JobView) -> Table:
    """Build the final table of stage durations."""
    names = ("stage", "runs", "engine", "seconds", "result")
    table = plain_table(*names, right=("runs", "seconds"))
    for row in view.rows.values():
        runs = str(len(row.runs))
        table.add_row(row.stage, runs, _engine(row), f"{row.seconds:.1f}", row.origin)
    return table


def _watch(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _left(seconds: float) -> str:
    return f"about {_watch(seconds)} left"


def _engine(row: StageRow) -> str:
    return f"{row.engine} (simulated)" if row.kind == "simulated" != row.engine else row.engine


def _mark(state: str) -> str:
    return {"waiting": "·", "done": "✓", "failed": "✗"}[state]

"""Only `web.jobs.transitions` writes a job's columns, and the documentation lists what it does."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

import web.tables  # noqa: F401  every table is known
from docs.generate.source import nodes, python_files, text
from web.db.engine import Base
from web.jobs import transitions
from web.jobs.models import Job, StageRun
from web.jobs.phases import TRANSITIONS, Phase, Transition

ROOT: Final = Path(__file__).resolve().parents[2]
WRITERS: Final = {
    Job: ROOT / "web/jobs/transitions.py",
    StageRun: ROOT / "web/jobs/stage_runs.py",
}
OUTBOX: Final = ROOT / "web/events/outbox.py"
PAGE: Final = ROOT / "docs/architecture.md"
MARKER: Final = "<!-- transitions -->"
NAMES: Final = {Job: {"job"}, StageRun: {"run"}}
"""Variables that hold such a row, for columns that other tables have too."""


def columns(model: type[Base]) -> set[str]:
    return {column.key for column in model.__table__.columns}


@cache
def own_columns(model: type[Base]) -> set[str]:
    """Columns that no other table has: an assignment to such an attribute writes this one."""
    others = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_ is not model]
    return columns(model).difference(*(columns(other) for other in others))


def writes(code: Iterable[ast.AST], model: type[Base]) -> Iterator[str]:
    """Find the places that insert a row of a table, or write to its columns."""
    own, shared = own_columns(model), columns(model)
    for node in code:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            named = owner in NAMES[model] and node.attr in shared
            if named or (node.attr in own and owner != "self"):
                yield f"{node.lineno}: {owner}.{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            first = node.args[0] if node.args else None
            into = isinstance(first, ast.Name) and first.id == model.__name__
            if node.func.id == model.__name__:
                yield f"{node.lineno}: {model.__name__}(...)"
            elif node.func.id in {"update", "insert", "delete"} and into:
                yield f"{node.lineno}: {node.func.id}({model.__name__})"


@cache
def sources() -> list[Path]:
    """List the modules that can get at a row: they import the database or the jobs."""
    paths = (
        path for path in python_files(ROOT / "web") if re.search(r"web\.(db|jobs)", text(path))
    )
    return [path for path in paths if {"web.db", "web.jobs"} & set(_rooms(path))]


def _rooms(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield ".".join(node.module.split(".")[:2])


@pytest.mark.parametrize("model", WRITERS, ids=lambda model: model.__name__)
def test_no_other_module_writes_to_the_table(model: type[Base]) -> None:
    found = {
        f"{path.relative_to(ROOT)}:{place}"
        for path in sources()
        if path != WRITERS[model]
        for place in writes(nodes(path), model)
    }
    assert not found


def test_no_other_module_adds_to_the_outbox() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path != OUTBOX and "OutboxEvent(" in text(path).replace("class OutboxEvent(", "")
    ]
    assert not found


@pytest.mark.parametrize(
    "planted",
    [
        "job.state = 'failed'",
        "db.get_one(Job, 'x').published = True",
        "job.published, job.retry_at = False, None",
        "job.failures += 1",
        "anything.cancel_requested_at = at",
        "db.add(Job(session_id='s'))",
        "db.execute(update(Job).values(state='failed'))",
    ],
)
def test_a_planted_write_is_found(planted: str) -> None:
    assert list(writes(ast.walk(ast.parse(planted)), Job))
    assert not list(writes(ast.walk(ast.parse("worker.state = 'failed'")), Job))


def test_each_transition_is_listed() -> None:
    public = {
        name
        for name, function in inspect.getmembers(transitions, inspect.isfunction)
        if function.__module__ == transitions.__name__ and not name.startswith("_")
    }
    assert public == {transition.name for transition in TRANSITIONS}


def table() -> list[str]:
    head = ["| from | transition | guard | to | outbox |", "| --- | --- | --- | --- | --- |"]
    return head + [_row(transition) for transition in TRANSITIONS]


def _row(transition: Transition) -> str:
    after = _phases(transition.after) if transition.after else "same"
    events = ", ".join(f"`{event.value}`" for event in transition.events) or "-"
    before = _phases(transition.before) if transition.before else "-"
    return f"| {before} | `{transition.name}` | {transition.guard} | {after} | {events} |"


def _phases(phases: frozenset[Phase]) -> str:
    return ", ".join(phase.value for phase in Phase if phase in phases)


def test_the_page_shows_the_transitions() -> None:
    _, marker, rest = PAGE.read_text().partition(MARKER)
    assert marker
    shown = itertools.takewhile(lambda line: line.startswith("|"), rest.strip().splitlines())
    assert list(shown) == table(), "\n".join(table())

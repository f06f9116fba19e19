"""Adds to the code of a module what notes each line that is reached."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from types import CodeType

_BLOCKS = ("body", "orelse", "finalbody")


def instrumented(path: Path, place: int) -> CodeType:
    """Return a module's code that sets `__lines__[place + line]` as it reaches a line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in list(ast.walk(tree)):
        for name in _BLOCKS:
            block = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, list(_with_notes(node, block, place)))
    return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


def _with_notes(node: ast.AST, block: list[ast.stmt], place: int) -> Iterator[ast.stmt]:
    if isinstance(node, ast.ExceptHandler):
        yield _note(block[0], place + node.lineno)
    # A docstring and imports of the future have to stay in front of everything, also of notes.
    front = list(takewhile(_stays_in_front, block))
    yield from front
    for statement in block:
        for line in _lines(statement):
            yield _note(statement, place + line)
        if statement not in front:
            yield statement


def _lines(statement: ast.stmt) -> Iterator[int]:
    """Yield the lines that `coverage` expects when a statement is reached."""
    yield statement.lineno
    for decorator in getattr(statement, "decorator_list", ()):
        yield decorator.lineno
    if isinstance(statement, ast.Match):
        for case in statement.cases:
            yield case.pattern.lineno


def _note(statement: ast.stmt, index: int) -> ast.stmt:
    lines = ast.Name("__lines__", ast.Load())
    target = ast.Subscript(lines, ast.Constant(index), ast.Store())
    note = ast.Assign([target], ast.Constant(1))
    for part in ast.walk(note):
        ast.copy_location(part, statement)
    return note


def _stays_in_front(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)

"""`python -m tests.random_mutants`: changes the pure core and the guards at random places.

    python -m tests.random_mutants [--minutes 20] [--seed 7] [PART OF A PATH ...]

Each mutant is one change of one file: a comparison, a condition, a number or a statement. It
survives if the tests of that file pass. The order is random, by a printed seed, and the run
ends when its minutes are over, so that every night looks at other places. Some survivors change
nothing that matters; the share of them that is allowed is `ALLOWED`.
"""

from __future__ import annotations

import argparse
import ast
import copy
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.mutants import ROOT, Verdict, copied, judge

ALLOWED = 0.15
TESTS = {
    "tasks/domain/[!esw]*.py": "tests/tasks/domain --ignore=tests/tasks/domain/test_splitter.py",
    "tasks/domain/estimate.py": "tests/tasks/domain/test_estimate.py",
    "tasks/domain/events.py": "tests/tasks/messaging",
    "tasks/domain/errors.py": (
        "tests/tasks/domain/test_fallback.py tests/web/events/test_events_page.py"
        " tests/web/api/test_openapi.py"
    ),
    "tasks/domain/s[!p]*.py": "tests/tasks/domain/test_text.py tests/tasks/domain/test_plan.py",
    "tasks/domain/splitter.py": "tests/tasks/domain/test_splitter.py",
    "tasks/domain/wire.py": "tests/tasks/messaging/test_hostile_input.py",
    "tasks/nodes/leases.py": "tests/tasks/nodes/test_leases.py",
    "tasks/messaging/event_bus.py": "tests/tasks/messaging",
    "web/jobs/transitions.py": (
        "tests/web/jobs/test_transitions.py tests/web/control/test_projection.py"
        " tests/web/control/test_projection_machine.py tests/web/jobs/test_retry.py"
    ),
    "web/jobs/backoff.py": "tests/web/jobs/test_retry.py",
    "web/control/projection.py": (
        "tests/web/control/test_projection.py tests/web/control/test_projection_machine.py"
        " tests/web/control/test_dead_letters.py"
    ),
    "web/http/addresses.py": (
        "tests/web/http/test_addresses.py tests/web/http/test_forwarded.py"
        " tests/web/http/test_headers.py"
    ),
    "web/http/authentication.py": (
        "tests/web/http/test_headers.py tests/web/http/test_sign_in.py"
        " tests/web/access/test_access.py"
    ),
    "web/http/operators.py": "tests/web/http/test_headers.py tests/web/access/test_access.py",
    "web/http/origins.py": "tests/web/http/test_origins.py",
    "web/http/rates.py": "tests/web/http/test_rates.py tests/web/http/test_headers.py",
    "web/http/timeouts.py": "tests/web/http/test_read_timeouts.py",
    "web/uploads/layers/*.py": "tests/web/uploads",
}
"""The tests of each file; the first that fails ends a trial."""

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
QUIET = ("log.", "TypeVar", "ParamSpec", "zip", "dataclass")
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A node of a file, and what becomes of it."""

    path: Path
    place: int
    """Of the node, in a walk of the file."""
    old: ast.AST
    new: ast.AST

    @property
    def text(self) -> str:
        """The file with the change."""
        source = self.path.read_text(encoding="utf-8")
        changed = _Replaced(self.place, self.new).applied(source)
        return ast.unparse(ast.fix_missing_locations(changed))

    def __str__(self) -> str:
        name = self.path.relative_to(ROOT)
        line = getattr(self.old, "lineno", 0)
        return f"{name}:{line}: {_short(self.old)}  ->  {_short(self.new)}"


def _short(node: ast.AST) -> str:
    first, *rest = ast.unparse(node).splitlines()
    return first + (" ..." if rest else "")


def changed(node: ast.AST) -> ast.AST | None:
    """Return what the node becomes, if it is one that can be changed."""
    return _expression(node) or _constant(node) or _statement(node)


def _expression(node: ast.AST) -> ast.AST | None:
    new: Any = copy.deepcopy(node)
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARISONS:
            new.ops = [COMPARISONS[type(op)]()]
        case ast.BoolOp(op=op):
            new.op = ast.Or() if isinstance(op, ast.And) else ast.And()
        case ast.BinOp(op=op) if type(op) in OPERATORS:
            new.op = OPERATORS[type(op)]()
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
        case ast.Call(func=ast.Name(id="min" | "max" as name)):
            new.func = ast.Name("max" if name == "min" else "min")
        case _:
            return None
    return new  # type: ignore[no-any-return]


def _constant(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.Constant(value=bool() as value):
            return ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            return ast.Constant(value + 1)
    return None


def _statement(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.If(test=test):
            new = copy.deepcopy(node)
            new.test = ast.UnaryOp(ast.Not(), test)
            return new
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Continue() | ast.AugAssign():
            return ast.Pass()
        case ast.Assign(targets=[ast.Attribute()]):
            return ast.Pass()
    return None


def changes(path: Path) -> Iterator[Change]:
    """Yield every change of a file, without those of annotations, decorators and logging."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out = {id(part) for node in ast.walk(tree) for part in _left_out(node)}
    for place, node in enumerate(ast.walk(tree)):
        if id(node) in left_out:
            continue
        new = changed(node)
        if new is not None:
            yield Change(path, place, node, new)


def _left_out(node: ast.AST) -> Iterator[ast.AST]:
    """Yield parts of a node that say nothing at run time, or only to people."""
    roots = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    roots += getattr(node, "decorator_list", [])
    if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Constant):
        roots.append(node.value)  # a declared number or default is a choice, not logic
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(QUIET):
        roots.append(node)
    if isinstance(node, ast.Expr) and (
        isinstance(node.value, ast.Constant) or ast.unparse(node).startswith(QUIET)
    ):
        roots.append(node)
    for root in filter(None, roots):
        yield from ast.walk(root)


class _Replaced(ast.NodeTransformer):
    """A parse of a file in which the node at one place of the walk is another."""

    def __init__(self, place: int, new: ast.AST) -> None:
        self._place, self._new = place, new

    def applied(self, source: str) -> ast.AST:
        tree = ast.parse(source)
        self._old = list(ast.walk(tree))[self._place]
        return self.visit(tree)  # type: ignore[no-any-return]

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def candidates(parts: list[str]) -> list[tuple[Change, str]]:
    """Return every change, with the tests of its file."""
    found: list[tuple[Change, str]] = []
    for pattern, tests in TESTS.items():
        for path in sorted(ROOT.glob(pattern)):
            if not parts or any(part in str(path.relative_to(ROOT)) for part in parts):
                found += [(change, tests) for change in changes(path)]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.random_mutants")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("parts", nargs="*")
    asked = parser.parse_args()
    todo = candidates(asked.parts)
    random.Random(asked.seed).shuffle(todo)
    print(f"{len(todo)} changes are possible; seed {asked.seed}", flush=True)
    end, tried, alive = time.monotonic() + 60 * asked.minutes, 0, 0
    left_out = 0
    with tempfile.TemporaryDirectory() as place:
        root = copied(Path(place))

        @cache
        def passes(tests: str) -> bool:
            """Whether they pass without a change: else everything would look killed."""
            readme = (ROOT / "README.md").read_text(encoding="utf-8")
            good = judge(root, "README.md", readme, tests) == Verdict.SURVIVED
            if not good:
                print(f"Left out, because they fail without any change: {tests}", flush=True)
            return good

        for change, tests in todo:
            if time.monotonic() > end:
                break
            if not passes(tests):
                left_out += 1
                continue
            result = judge(root, str(change.path.relative_to(ROOT)), change.text, tests)
            tried += 1
            alive += result != Verdict.KILLED
            if result != Verdict.KILLED:
                print(f"{result}: {change}", flush=True)
    print(f"{alive} of {tried} random mutants survive (seed {asked.seed})")
    return 1 if left_out or alive > ALLOWED * tried else 0


if __name__ == "__main__":
    sys.exit(main())

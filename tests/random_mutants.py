"""`python -m tests.random_mutants`: changes the pure core and the guards at random places.

    python -m tests.random_mutants [--minutes 20] [--seed 7] [PART OF A PATH ...]

Each mutant is one change of one file: a comparison, a condition, a number or a statement. It
survives if the tests of that file pass. The order is random, by a printed seed, and the run
ends when its minutes are over, so that every night looks at other places. Changes that alter
nothing observable are listed in `equivalent_mutants.toml` with the reason, and
left out. Of the others a share of `ALLOWED` may survive.
"""

from __future__ import annotations

import argparse
import ast
import copy as copying
import multiprocessing
import random
import sys
import time
import tomllib
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.trial import Verdict, judge, lanes, snapshot

ALLOWED = 0.05
NOT_TRIED = "not tried"
BROKEN = "left out, because these fail without any change: "
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
TESTS = {
    "tasks/domain/events.py": (
        "tests/tasks/messaging/test_hostile_input.py",
        "tests/tasks/messaging/test_event_bus.py",
        "tests/tasks/messaging/test_event_streams.py",
    ),
    "tasks/domain/plan_rules.py": ("tests/tasks/domain/test_shot_descriptions.py",),
    "tasks/domain/splitter.py": (
        "tasks/domain/splitter.py --doctest-modules",
        "tests/tasks/domain/test_splitter.py",
    ),
    "tasks/domain/wire.py": ("tests/tasks/messaging/test_hostile_input.py",),
    "tasks/domain/*.py": (
        "tests/tasks/domain tasks/domain --doctest-modules"
        " --ignore=tests/tasks/domain/test_splitter.py",
    ),
    "tasks/nodes/leases.py": (),
    "tasks/messaging/event_bus.py": (
        "tests/tasks/messaging/test_event_streams.py",
        "tests/tasks/messaging/test_hostile_input.py",
    ),
    "web/jobs/transitions.py": (
        "tests/web/jobs/test_transition_writes.py",
        "tests/web/jobs/test_transition_rounds.py",
        "tests/web/control/test_projection.py",
        "tests/web/jobs/test_retry.py",
        "tests/web/jobs/test_transitions.py",
        "tests/web/control/test_projection_machine.py",
    ),
    "web/control/projection.py": (
        "tests/web/control/test_projection_events.py",
        "tests/web/control/test_projection_order.py",
        "tests/web/control/test_dead_letters.py",
        "tests/web/control/test_projection_machine.py",
    ),
    "web/http/addresses.py": (
        "tests/web/http/test_origin_rules.py",
        "tests/web/http/test_forwarded.py",
        "tests/web/http/test_headers.py",
    ),
    "web/http/authentication.py": (
        "tests/web/http/test_recent_principals.py",
        "tests/web/http/test_sign_in.py",
    ),
    "web/http/operators.py": ("tests/web/http/test_authentication.py",),
    "web/http/origins.py": ("tests/web/http/test_origin_rules.py",),
    "web/http/rates.py": ("tests/web/http/test_headers.py",),
    "web/http/timeouts.py": ("tests/web/http/test_read_timeouts.py",),
    "web/uploads/layers/foreign.py": ("tests/web/uploads/test_foreign.py",),
    "web/uploads/layers/picture_stream.py": ("tests/web/uploads/test_picture_parts.py",),
    "web/uploads/layers/sound_stream.py": ("tests/web/uploads/test_sound_parts.py",),
    "web/uploads/layers/[ens]*[!m].py": ("tests/web/uploads/test_plain_layers.py",),
}
"""The tests of each file, by the first pattern that it fits, cheap ones first.

Before them comes `tests/PART/test_FILE.py`, where there is one that they do not name. Each is run
alone, and the first that fails ends a trial.
"""

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

    file: str
    place: int
    """Of the node, in a walk of the file."""
    where: str
    """The function and the statement around it."""
    old: ast.AST
    new: ast.AST

    @property
    def name(self) -> str:
        """What it changes, whatever line that is on."""
        return f"{self.file} {self.where}: {_short(self.old)} -> {_short(self.new)}"

    def text(self, root: Path) -> str:
        """The file with the change."""
        source = (root / self.file).read_text(encoding="utf-8")
        changed = _Replaced(self.place, self.new).applied(source)
        return ast.unparse(ast.fix_missing_locations(changed))

    def __str__(self) -> str:
        return f"line {getattr(self.old, 'lineno', 0)}, {self.name}"


def _short(node: ast.AST) -> str:
    first, *rest = ast.unparse(node).splitlines()
    return first + (" ..." if rest else "")


def changed(node: ast.AST) -> ast.AST | None:
    """Return what the node becomes, if it is one that can be changed."""
    return _expression(node) or _constant(node) or _statement(node)


def _expression(node: ast.AST) -> ast.AST | None:
    new: Any = copying.deepcopy(node)
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
            new = copying.deepcopy(node)
            new.test = ast.UnaryOp(ast.Not(), test)
            return new
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Continue() | ast.AugAssign():
            return ast.Pass()
        case ast.Assign(targets=[ast.Attribute()]):
            return ast.Pass()
    return None


def changes(root: Path, file: str) -> Iterator[Change]:
    """Yield every change of a file, without those of annotations, decorators and logging."""
    tree = ast.parse((root / file).read_text(encoding="utf-8"))
    left_out = {id(part) for node in ast.walk(tree) for part in _left_out(node)}
    places = _places(tree)
    for place, node in enumerate(ast.walk(tree)):
        if id(node) in left_out:
            continue
        new = changed(node)
        if new is not None:
            yield Change(file, place, places[id(node)], node, new)


def _places(tree: ast.Module) -> dict[int, str]:
    """Return the function and the statement around each node, by the identity of the node."""
    found: dict[int, str] = {}

    def visit(node: ast.AST, function: str, statement: str) -> None:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            function, statement = f"{function}.{node.name}".lstrip("."), ""
        elif isinstance(node, ast.stmt):
            statement = _short(node)
        found[id(node)] = f"{function}: {statement}"
        for child in ast.iter_child_nodes(node):
            visit(child, function, statement)

    visit(tree, "", "")
    return found


def equivalents() -> dict[str, str]:
    """Return why a change alters nothing, by the name of the change."""
    table = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    return {change: reason for reason, changes in table.items() for change in changes}


def _left_out(node: ast.AST) -> Iterator[ast.AST]:
    """Yield parts of a node that say nothing at run time, or only to people."""
    roots = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    roots += getattr(node, "decorator_list", [])
    if _is_declared(node):
        roots.append(node)  # a declared number or default is a choice, not logic
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(QUIET):
        roots.append(node)
    if isinstance(node, ast.Expr) and (
        isinstance(node.value, ast.Constant) or ast.unparse(node).startswith(QUIET)
    ):
        roots.append(node)
    for root in filter(None, roots):
        yield from ast.walk(root)


def _is_declared(node: ast.AST) -> bool:
    """Return whether a statement gives a name a number, or something computed from numbers."""
    if not isinstance(node, ast.AnnAssign | ast.Assign) or node.value is None:
        return False
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    if not isinstance(target, ast.Name):
        return False
    of_numbers = ast.Constant | ast.BinOp | ast.operator | ast.Name | ast.Load | ast.Dict
    declares = isinstance(node, ast.AnnAssign) or target.id.isupper()
    return declares and all(isinstance(part, of_numbers) for part in ast.walk(node.value))


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


def candidates(root: Path, parts: list[str]) -> list[tuple[Change, tuple[str, ...]]]:
    """Return every change that alters something, with the tests of its file."""
    same = equivalents()
    files: dict[str, tuple[str, ...]] = {}
    for pattern, tests in TESTS.items():
        for path in sorted(root.glob(pattern)):
            file = path.relative_to(root)
            own = f"tests/{file.with_name(f'test_{file.name}')}"
            is_first = own not in tests and (root / own).exists()
            files.setdefault(str(file), (own, *tests) if is_first else tests)
    return [
        (change, tests)
        for file, tests in files.items()
        if not parts or any(part in file for part in parts)
        for change in changes(root, file)
        if change.name not in same
    ]


@dataclass(frozen=True, slots=True)
class Trial:
    """Tries a change in one of the copies, unless the time of the run is over."""

    end: float
    seconds: MutableMapping[str, float | None]
    """How long tests take without a change; `None` if they fail, and all would look killed."""

    def __call__(self, root: Path, one: tuple[Change, tuple[str, ...]]) -> str:
        change, steps = one
        if time.monotonic() > self.end:
            return NOT_TRIED
        text = change.text(root)
        for tests in steps:
            if tests not in self.seconds:
                self.seconds[tests] = unchanged(root, tests)
            seconds = self.seconds[tests]
            if seconds is None:
                return BROKEN + tests
            result = judge(root, change.file, text, tests, seconds=20 + 3 * seconds)
            if result != Verdict.SURVIVED:
                return result
        return Verdict.SURVIVED


def unchanged(root: Path, tests: str) -> float | None:
    """Return how long tests take without a change, if they pass."""
    began = time.monotonic()
    readme = (root / "README.md").read_text(encoding="utf-8")
    good = judge(root, "README.md", readme, tests) == Verdict.SURVIVED
    return time.monotonic() - began if good else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.random_mutants")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("parts", nargs="*")
    asked = parser.parse_args()
    tried, alive, broken = 0, 0, set()
    with multiprocessing.Manager() as shared, snapshot() as copy:
        todo = candidates(copy, asked.parts)
        random.Random(asked.seed).shuffle(todo)
        print(f"{len(todo)} changes are possible; seed {asked.seed}", flush=True)
        trial = Trial(time.monotonic() + 60 * asked.minutes, shared.dict())
        for (change, _), result in lanes(copy, trial, todo):
            if result.startswith(BROKEN):
                broken.add(result)
            elif result != NOT_TRIED:
                tried += 1
                if result != Verdict.KILLED:
                    alive += 1
                    print(f"{result}: {change}", flush=True)
    for line in sorted(broken):
        print(line)
    print(f"{alive} of {tried} random mutants survive (seed {asked.seed})")
    return 1 if broken or alive > ALLOWED * tried else 0


if __name__ == "__main__":
    sys.exit(main())
